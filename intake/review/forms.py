"""The forms of the review: a decision, a flag added by hand, a take-over."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.web.form_fields import choice_field, text_field
from intake.concerns.states import resolves
from intake.flags.labels import DOMAIN_WORDS, MARK_WORDS, NOT_YET
from intake.flags.queries import FlagView
from intake.models import Decision, Flag, Intake
from intake.review.case import CaseView
from intake.review.decisions import Marking, Verdict
from intake.triage.rules import CAUTION, RED


class DecisionForm(forms.Form):
    """One mark and reason for each urgent and red flag, overrides, one next act, a note.

    `version` is that of the case the page shows. What was typed on a stale page or for a preview
    comes in as `initial`; fields that are not in it show what was signed last.
    """

    version = forms.IntegerField(
        min_value=0,
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value"), _("Reload this page, then sign again.")
        ),
    )

    def __init__(self, *args: Any, case: CaseView, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.to_mark, self.to_know, self.not_yet = case.to_mark, case.to_know, case.not_yet
        # Not the version that was posted: this page shows the case as it is now.
        self.initial["version"] = case.intake.version
        for flag in case.to_mark:
            self._add_flag(flag)
        for flag in case.to_know:
            if flag.can_be_overridden:
                self._add_override(flag.row)
        if case.intake.has_unreviewed_change:
            self.fields["looked_at_change"] = forms.BooleanField(
                label=_("I have looked at the changed answer"),
                error_messages={
                    "required": _("Look at the changed answer and tick that you have.")
                },
            )
        acts = [
            (act, words)
            for act, words in Decision.NextAct.choices
            # "We are not the right place for you" is no sentence for the middle of a package.
            if (act != Decision.NextAct.DECLINE or not case.has_package)
            # Only what was done can be taken back.
            and (act != Decision.NextAct.ACCEPT or case.is_declined)
        ]
        self.fields["next_act"] = choice_field(_("Next"), acts, _("Choose what happens next."))
        self.initial.setdefault("next_act", Decision.NextAct.NONE)
        self.fields["note"] = text_field(_("Note for the team (optional)"), rows=3)

    def _add_flag(self, view: FlagView) -> None:
        """Add the fields for the mark and the reason of one flag."""
        flag = view.row
        missing = _("Mark %(name)s (%(rule)s).") % {"name": view.name, "rule": flag.rule}
        choices = [
            (value, words)
            for value, words in MARK_WORDS.items()
            if value != Flag.OVERRIDDEN or view.can_be_overridden
        ]
        self.fields[f"mark-{flag.rule}"] = choice_field(view.name, choices, missing)
        self.fields[f"reason-{flag.rule}"] = text_field(
            _("Reason (needed unless reviewed)"), rows=1
        )
        self.initial.setdefault(f"mark-{flag.rule}", flag.verdict)
        self.initial.setdefault(f"reason-{flag.rule}", flag.reason or "")

    def _add_override(self, flag: Flag) -> None:
        """Add the field in which a caution flag is overridden."""
        name = f"override-{flag.rule}"
        self.fields[name] = text_field(_("Override this flag: why it is wrong"), rows=1)
        self.initial.setdefault(name, flag.reason or "")

    def clean(self) -> dict[str, Any]:
        """Ask for a reason beside every mark but "reviewed", and for a note where an act needs it.

        What waits for a call or a private check-in cannot be resolved before that.
        """
        cleaned = super().clean() or {}
        for flag, mark, reason in self.flags_to_mark():
            if flag.row.rule in self.not_yet and resolves(cleaned.get(mark.name, "")):
                self.add_error(mark.name, NOT_YET)
            # A missing mark has its own error; its reason is not asked for as well.
            chosen = cleaned.get(mark.name, Flag.Mark.REVIEWED)
            if chosen != Flag.Mark.REVIEWED and not cleaned.get(reason.name):
                self.add_error(reason.name, _("Say why it is held, referred out or overridden."))
        if cleaned.get("next_act") == Decision.NextAct.DECLINE and not cleaned.get("note"):
            self.add_error("note", _("Say in the note why you decline."))
        if cleaned.get("next_act") == Decision.NextAct.ASK and not cleaned.get("note"):
            self.add_error("note", _("Write the question in the note."))
        return cleaned

    def flags_to_mark(self) -> list[tuple[FlagView, forms.BoundField, forms.BoundField]]:
        """Return each flag with its fields for the mark and the reason."""
        return [
            (flag, self[f"mark-{flag.row.rule}"], self[f"reason-{flag.row.rule}"])
            for flag in self.to_mark
        ]

    def flags_to_know(self) -> list[tuple[FlagView, forms.BoundField | None]]:
        """Return each caution flag with the field that overrides it, None where it cannot be."""
        names = [(flag, f"override-{flag.row.rule}") for flag in self.to_know]
        return [(flag, self[name] if name in self.fields else None) for flag, name in names]

    @property
    def marks(self) -> dict[str, str]:
        """The marks on the page by rule id, "" where none is chosen. Needs no valid form."""
        return {flag.row.rule: mark.value() or "" for flag, mark, _reason in self.flags_to_mark()}

    @property
    def act(self) -> str:
        """The next act that is chosen on the page, "" for none. Needs no valid form."""
        return str(self["next_act"].value() or "")

    def verdict(self) -> Verdict:
        """Return what was decided. Call it on a valid form only."""
        rules = [flag.row.rule for flag in self.to_mark]
        return Verdict(
            marks={
                rule: Marking(
                    self.cleaned_data[f"mark-{rule}"], self.cleaned_data[f"reason-{rule}"]
                )
                for rule in rules
            },
            next_act=self.cleaned_data["next_act"],
            note=self.cleaned_data["note"],
            looked_at_change=self.cleaned_data.get("looked_at_change", False),
            overrides={
                flag.row.rule: reason
                for flag in self.to_know
                if (reason := self.cleaned_data.get(f"override-{flag.row.rule}"))
            },
        )


def _reason(label: Any, missing: Any) -> forms.CharField:
    field = text_field(label, rows=3)
    field.required = True
    field.error_messages["required"] = missing
    return field


class TakeOverForm(forms.Form):
    """Why a case is taken out of another clinician's hands."""

    reason = _reason(_("Why you take it over"), _("Say why you take it over."))


class FlagForm(forms.Form):
    """A flag that a clinician adds by hand."""

    level = choice_field(
        _("Level"),
        [(level, Intake.Level(level).label) for level in (RED, CAUTION)],
        _("Choose red or caution."),
    )
    domain = choice_field(
        _("What it is about"), DOMAIN_WORDS.items(), _("Choose what it is about.")
    )
    text = _reason(_("What you saw"), _("Say what you saw."))
    told = text_field(_("What the patient is told about it (optional)"), rows=2)
    reason = _reason(_("Why it matters"), _("Say why it matters."))
