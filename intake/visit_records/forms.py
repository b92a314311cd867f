"""The visit record as a form: amounts and symptoms for each test, stage, plan and reasons."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from intake.visit_records.batteries import ITEMS, Item, Recorded
from intake.visit_records.queries import Findings
from intake.visit_records.stage_rise import StageFacts
from intake.visit_records.words import stage_choices

LONGEST_TEXT = 10_000
# A reason is a sentence: "x" or "ok" tells the next clinician nothing. Source: OWN.
LEAST_REASON = 10
# Ten times the highest threshold (60 seconds): a larger number is a typing mistake.
MOST = 600
SYMPTOMS = ("leak", "heaviness", "limp")


def amount_names(item: Item) -> tuple[str, ...]:
    """Return the names of the amounts recorded for an item."""
    return ("left", "right") if item.is_sided else ("overall",)


def _amount(label: str) -> forms.IntegerField:
    """Return the field for an amount: a narrow input that brings up a numeric keypad."""
    attrs = {"class": "form-control form-control-sm", "inputmode": "numeric", "size": "3"}
    return forms.IntegerField(
        label=label, required=False, min_value=0, max_value=MOST, widget=forms.TextInput(attrs)
    )


def _text(label: Any, rows: int) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "class": "form-control"})
    return forms.CharField(label=label, required=False, max_length=LONGEST_TEXT, widget=widget)


def _reason(label: Any) -> forms.CharField:
    """Return the field for a reason that stands in place of a rule."""
    too_short = gettext_lazy("Write the reason as a sentence, %(limit_value)s characters or more")
    widget = forms.Textarea(attrs={"rows": 2, "class": "form-control"})
    return forms.CharField(
        label=label,
        required=False,
        max_length=LONGEST_TEXT,
        min_length=LEAST_REASON,
        widget=widget,
        error_messages={"min_length": too_short},
    )


class RecordForm(forms.Form):
    """What was found at a visit.

    `revision` is the one that the page shows, `due` are item ids. The stages that need no reason
    after `stage` stand first in the list of stages; the action decides.
    """

    revision = forms.IntegerField(min_value=0, max_value=30_000, widget=forms.HiddenInput)
    early_reason = _reason(gettext_lazy("Reason for impact before day 84"))
    impact_reason = _reason(gettext_lazy("Reason for impact tests all the same"))
    stage = forms.TypedChoiceField(
        label=gettext_lazy("Walk-run stage until the next visit"),
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    stage_reason = _reason(gettext_lazy("Reason for the stage"))
    home_plan = _text(gettext_lazy("Home plan, as the patient reads it"), 5)
    note = _text(gettext_lazy("Note for the team"), 4)

    def __init__(self, *args: Any, due: Iterable[str], stage: StageFacts, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.due = tuple(due)
        cast("forms.ChoiceField", self.fields["stage"]).choices = stage_choices(stage)
        # All items, not only those due: a clinician may test more than a visit asks for.
        for item in ITEMS.values():
            for name in amount_names(item):
                self.fields[f"{item.id}-{name}"] = _amount(f"{_(item.name)}, {_(name)}")
            pain = _amount(_("%(item)s, pain 0 to 10") % {"item": _(item.name)})
            pain.max_value = 10
            self.fields[f"{item.id}-pain"] = forms.IntegerField(
                label=pain.label, required=False, min_value=0, max_value=10, widget=pain.widget
            )
            for name in SYMPTOMS:
                label = f"{_(item.name)}, {_(name)}"
                attrs = {"class": "form-check-input"}
                self.fields[f"{item.id}-{name}"] = forms.BooleanField(
                    label=label, required=False, widget=forms.CheckboxInput(attrs=attrs)
                )

    def in_closing(self) -> list[BoundField]:
        """Return the fields besides the tests, in order: reasons, stage, plan and note."""
        return [self[name] for name in self.base_fields if name != "revision"]

    def clean(self) -> dict[str, Any]:
        """Ask for the pain wherever an amount was entered: without it the test does not count."""
        cleaned = super().clean() or {}
        for item in ITEMS.values():
            has_amount = any(
                cleaned.get(f"{item.id}-{name}") is not None for name in amount_names(item)
            )
            pain = f"{item.id}-pain"
            # A pain that was entered but is not a number from 0 to 10 has its own error.
            if has_amount and cleaned.get(pain) is None and pain not in self.errors:
                text = _("%(item)s: write the pain, 0 for none") % {"item": _(item.name)}
                self.add_error(pain, text)
        return cleaned

    def findings(self) -> Findings:
        """Return what was recorded. Call it on a valid form only."""
        data = self.cleaned_data
        return Findings(
            items={
                item.id: seen
                for item in ITEMS.values()
                if (seen := self._recorded(item)) is not None
            },
            stage=data["stage"],
            home_plan=data["home_plan"],
            note=data["note"],
            early_reason=data["early_reason"],
            impact_reason=data["impact_reason"],
            stage_reason=data["stage_reason"],
        )

    def _recorded(self, item: Item) -> Recorded | None:
        """Return what was entered for an item, None if no number was."""
        data = self.cleaned_data
        seen: dict[str, Any] = {
            name: data.get(f"{item.id}-{name}") for name in (*amount_names(item), "pain")
        }
        if all(value is None for value in seen.values()):
            return None
        # A box that is not ticked is "no" only where something was entered.
        symptoms = {name: bool(data.get(f"{item.id}-{name}")) for name in SYMPTOMS}
        return Recorded(**seen, **symptoms)


def initial_of(findings: Findings, revision: int) -> Mapping[str, Any]:
    """Return the initial values of the form for findings that were saved."""
    shown: dict[str, Any] = {
        "revision": revision,
        "stage": findings.stage,
        "home_plan": findings.home_plan,
        "note": findings.note,
        "early_reason": findings.early_reason,
        "impact_reason": findings.impact_reason,
        "stage_reason": findings.stage_reason,
    }
    for key, seen in findings.items.items():
        for name in ("left", "right", "overall", "pain", *SYMPTOMS):
            shown[f"{key}-{name}"] = getattr(seen, name)
    return shown
