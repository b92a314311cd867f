"""The forms of a task: a try, an outcome, opening it again."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.practice.wall_time import clinic_date
from clinic.web.form_fields import choice_field, day_field, text_field, time_field
from intake.concerns.task_kinds import TaskOutcome
from intake.models import Attempt

# A doctor's appointment that is further away is asked about before then.
FURTHEST = timedelta(days=60)


class AttemptForm(forms.Form):
    """One try that reached nobody, and when to try next."""

    result = choice_field(
        gettext_lazy("What happened"),
        [one for one in Attempt.Result.choices if one[0] != Attempt.Result.NOT_REACHED],
        gettext_lazy("Choose what happened."),
    )
    next_on = day_field(gettext_lazy("Next try on (optional)"), required=False)
    next_time = time_field(gettext_lazy("At"), required=False)
    note = text_field(gettext_lazy("Note (optional)"), rows=2)

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        # Two forms on one page have a note each: their ids must differ.
        kwargs.setdefault("auto_id", "try_%s")
        super().__init__(*args, **kwargs)
        self.now = now

    def clean(self) -> dict[str, Any]:
        """Ask for the day beside a time, and for a moment that is still ahead."""
        cleaned = super().clean() or {}
        day, at = cleaned.get("next_on"), cleaned.get("next_time")
        if at and not day and "next_on" not in self.errors:
            self.add_error("next_on", _("Choose the day of the next try."))
        if day:
            cleaned["next_at"] = self._moment(day, at)
            if cleaned["next_at"] <= self.now and day <= clinic_date(
                self.now, settings.CLINIC_TIME_ZONE
            ):
                self.add_error("next_on", _("Choose a time that is still ahead."))
        return cleaned

    def _moment(self, day: date, at: Any) -> datetime:
        at = at or datetime.max.time().replace(hour=12, minute=0, second=0, microsecond=0)
        return datetime.combine(day, at, ZoneInfo(settings.CLINIC_TIME_ZONE))


class OutcomeForm(forms.Form):
    """How a task ended."""

    def __init__(
        self, *args: Any, outcomes: Sequence[TaskOutcome], now: datetime, **kwargs: Any
    ) -> None:
        kwargs.setdefault("auto_id", "outcome_%s")
        super().__init__(*args, **kwargs)
        self.outcomes = {one.id: one for one in outcomes}
        self.today = clinic_date(now, settings.CLINIC_TIME_ZONE)
        self.fields["outcome"] = choice_field(
            _("What came of it"),
            [(one.id, _(one.words)) for one in outcomes],
            _("Choose what came of it."),
        )
        if any(one.needs_day for one in outcomes):
            self.fields["day"] = day_field(_("On which day"), required=False)
        self.fields["note"] = text_field(_("Note"), rows=3)

    def clean(self) -> dict[str, Any]:
        """Ask for the words or the day that the chosen outcome needs."""
        cleaned = super().clean() or {}
        chosen = self.outcomes.get(cleaned.get("outcome", ""))
        if chosen is None:
            return cleaned
        if chosen.asks and not cleaned.get("note") and "note" not in self.errors:
            self.add_error("note", _(chosen.asks))
        if chosen.needs_day and "day" not in self.errors:
            day = cleaned.get("day")
            if day is None:
                self.add_error("day", _("Choose the day on which she will go."))
            elif not self.today <= day <= self.today + FURTHEST:
                self.add_error("day", _("Choose a day within the next 60 days."))
        return cleaned


class ReasonForm(forms.Form):
    """Why a task is opened again."""

    reason = text_field(gettext_lazy("Why it is opened again"), rows=2)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = True
        self.fields["reason"].error_messages["required"] = _("Say why it is opened again.")
