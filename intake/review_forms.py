"""The two forms of review: a decision on a case, the outcome of a call."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from intake.actions.reviewing import Marking, Verdict
from intake.case_queries import CaseView, FlagView
from intake.models import Decision, Flag, UrgentCall

LONGEST_TEXT = 10_000


def _text(label: Any, rows: int) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": rows, "class": "form-control"}),
    )


def _choice(label: Any, choices: Iterable[tuple[str, Any]], missing: Any) -> forms.ChoiceField:
    field = forms.ChoiceField(
        label=label,
        choices=list(choices),
        widget=forms.RadioSelect,
        error_messages={"required": missing, "invalid_choice": missing},
    )
    field.first_input = "_0"  # type: ignore[attr-defined] # where the error summary leads
    return field


class DecisionForm(forms.Form):
    """One mark and reason for each urgent and red flag, one next act, a note.

    `version` is that of the case the page shows. What was typed on an earlier page comes in as
    `initial`; what is not in it stands as it was signed last.
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
        self.to_mark = case.to_mark
        self.initial["version"] = case.intake.version
        for flag in case.to_mark:
            self._add_flag(flag.row, flag.name)
        if case.intake.has_unreviewed_change:
            self.fields["looked_at_change"] = forms.BooleanField(
                label=_("I have looked at the changed answer"),
                error_messages={
                    "required": _("Look at the changed answer and tick that you have.")
                },
            )
        self.fields["next_act"] = _choice(
            _("Next"), Decision.NextAct.choices, _("Choose what happens next.")
        )
        self.initial.setdefault("next_act", Decision.NextAct.NONE)
        self.fields["note"] = _text(_("Note for the team (optional)"), rows=3)

    def _add_flag(self, flag: Flag, name: str) -> None:
        missing = _("Mark %(name)s (%(rule)s).") % {"name": name, "rule": flag.rule}
        self.fields[f"mark-{flag.rule}"] = _choice(name, Flag.Mark.choices, missing)
        self.fields[f"reason-{flag.rule}"] = _text(_("Reason (needed unless reviewed)"), rows=1)
        self.initial.setdefault(f"mark-{flag.rule}", flag.mark)
        self.initial.setdefault(f"reason-{flag.rule}", flag.reason or "")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for _flag, mark, reason in self.flags_to_mark():
            chosen = cleaned.get(mark.name, Flag.Mark.REVIEWED)
            if chosen != Flag.Mark.REVIEWED and not cleaned.get(reason.name):
                self.add_error(reason.name, _("Say why it is held or referred out."))
        if cleaned.get("next_act") == Decision.NextAct.DECLINE and not cleaned.get("note"):
            self.add_error("note", _("Say in the note why you decline."))
        return cleaned

    def flags_to_mark(self) -> list[tuple[FlagView, forms.BoundField, forms.BoundField]]:
        """Return each flag with its fields for the mark and the reason."""
        return [
            (flag, self[f"mark-{flag.row.rule}"], self[f"reason-{flag.row.rule}"])
            for flag in self.to_mark
        ]

    @property
    def marks(self) -> dict[str, str]:
        """The marks as they stand on the page, chosen or not."""
        return {flag.row.rule: mark.value() or "" for flag, mark, _reason in self.flags_to_mark()}

    @property
    def declines(self) -> bool:
        """Whether the next act on the page is to decline."""
        return self["next_act"].value() == Decision.NextAct.DECLINE

    def verdict(self) -> Verdict:
        """Return what was decided; call it on a valid form only."""
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
        )


class OutcomeForm(forms.Form):
    """What came of an urgent call."""

    outcome = _choice(
        _("What came of it"), UrgentCall.Outcome.choices, _("Choose what came of the call.")
    )
    note = _text(_("Note (optional)"), rows=3)
