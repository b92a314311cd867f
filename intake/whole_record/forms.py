"""The forms with which the desk asks for a record to be handed over, and a clinician opens it."""

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from clinic.web.form_layout import Tick, Tiles, laid_out


class HowAsked(TextChoices):
    """How she asked for it."""

    IN_PERSON = "in_person", _("She asked in person")
    LETTER = "letter", _("She asked by letter")
    TELEPHONE = "telephone", _("She asked on the telephone, and was called back")


class Way(TextChoices):
    """How it gets to her."""

    MAIL = "mail", _("She opens it herself: mail her the way to her own pages")
    PAPER = "paper", _("A clinician prints it and hands it to her")


def _asked() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("Why"),
        choices=HowAsked.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how she asked")},
    )


def _is_her() -> forms.BooleanField:
    return forms.BooleanField(
        label=_("I made sure that it is her: name and date of birth agree"),
        error_messages={"required": _("Make sure who she is first")},
    )


class AskForRecordForm(forms.Form):
    """Why the record is wanted, and how it gets to her."""

    asked = _asked()
    way = forms.ChoiceField(
        label=_("How"),
        choices=Way.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how she gets it")},
    )
    is_her = _is_her()
    helper = laid_out(Tiles("asked"), Tiles("way"), Tick("is_her"))

    @property
    def reason(self) -> str:
        """Return why, in words. Call it on a valid form only."""
        return str(HowAsked(self.cleaned_data["asked"]).label)


class HandOverForm(forms.Form):
    """Why a clinician opens the record, and whether what staff wrote for each other goes along."""

    asked = _asked()
    with_team_notes = forms.BooleanField(
        label=_("With what staff wrote for each other: she may have it if she asks for it"),
        required=False,
    )
    is_her = _is_her()
    helper = laid_out(Tiles("asked"), Tick("with_team_notes"), Tick("is_her"))

    @property
    def reason(self) -> str:
        """Return why, in words. Call it on a valid form only."""
        return str(HowAsked(self.cleaned_data["asked"]).label)
