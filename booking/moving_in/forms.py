"""The forms of moving in: the files, what their words mean, and how a row was dealt with."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.models import ImportRun
from booking.moving_in.entering.words_of_files import (
    CLINICIANS,
    NEXT,
    PACKAGES,
    SERVICES,
    choices_of,
)
from booking.moving_in.files.formats import FORMATS, KINDS, Kind
from clinic.web.form_fields import AT_MOST
from clinic.web.form_layout import TextLine, laid_out

_LABELS: dict[Kind, Any] = {
    "patients": _("Patients"),
    "packages": _("Packages under way"),
    "visits": _("Visits ahead"),
}


class FilesForm(forms.Form):
    """The files that are moved in together, and of which system they are."""

    patients = forms.FileField(label=_LABELS["patients"], required=False, allow_empty_file=True)
    packages = forms.FileField(label=_LABELS["packages"], required=False, allow_empty_file=True)
    visits = forms.FileField(label=_LABELS["visits"], required=False, allow_empty_file=True)
    wanted = forms.ChoiceField(
        label=_("From which system"),
        required=False,
        choices=[
            ("", _("Find out by the columns")),
            *((one.key, one.title) for one in FORMATS.values()),
        ],
    )
    helper = laid_out(*(TextLine(one) for one in ("patients", "packages", "visits", "wanted")))

    def clean(self) -> dict[str, Any]:
        """Ask for one file at least."""
        found: dict[str, Any] = super().clean() or {}
        if not any(found.get(one) for one in KINDS) and not self.errors:
            self.add_error("patients", _("Choose a file"))
        return found

    def files_sent(self) -> dict[Kind, bytes]:
        """Return the bytes of each file that was sent; call it on a valid form only."""
        sent = {kind: self.cleaned_data[kind] for kind in KINDS if self.cleaned_data.get(kind)}
        return {kind: file.read() for kind, file in sent.items()}


class WordsForm(forms.Form):
    """What the file calls services, clinicians and packages: a choice for each word."""

    def __init__(self, data: Any = None, *, run: ImportRun) -> None:
        super().__init__(data)
        self.words: dict[str, tuple[str, str]] = {}
        nothing = ("", _("Nothing here: a person looks at these rows"))
        for kind in (SERVICES, CLINICIANS, PACKAGES):
            choices = [nothing, *choices_of(kind)]
            if kind == SERVICES:
                choices.insert(1, (NEXT, _("The next visit of her package")))
            for number, (word, known) in enumerate((run.words or {}).get(kind, {}).items()):
                name = f"{kind}-{number}"
                self.fields[name] = forms.ChoiceField(
                    label=word or _("(empty)"), choices=choices, required=False, initial=known
                )
                self.words[name] = (kind, word)
        self.helper = laid_out(*(TextLine(name) for name in self.fields))

    def wanted(self) -> dict[str, dict[str, str]]:
        """Return what each word means; call it on a valid form only."""
        found: dict[str, dict[str, str]] = {}
        for name, (kind, word) in self.words.items():
            found.setdefault(kind, {})[word] = self.cleaned_data[name]
        return found


class DoneForm(forms.Form):
    """How a row that waited was dealt with."""

    how = forms.CharField(
        label=_("What was done"),
        min_length=5,
        max_length=250,
        error_messages={
            "required": _("Write what was done"),
            "min_length": _("Write what was done"),
            "max_length": AT_MOST,
        },
        widget=forms.TextInput({"autocomplete": "off"}),
    )
