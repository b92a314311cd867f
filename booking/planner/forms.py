"""The form of wishes for a plan, and the plan's times as pages carry them to the next request."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from booking.models.catalog import MOST_VISITS
from booking.planner.plan import PlanTask, PlanWishes
from booking.scheduling.parts_of_day import Part
from booking.scheduling.slot_choices import YEARS, read_choice
from booking.scheduling.timetable import Slot
from clinic.models.people import Clinician
from clinic.web.form_layout import TextLine, Tiles, laid_out

PARTS = {
    Part.MORNING: _("Morning, before 12"),
    Part.AFTERNOON: _("Afternoon, 12 to 5"),
    Part.EVENING: _("Evening, from 5"),
}
# The fields of the form, as they appear in addresses.
WISHES = ("weekdays", "parts", "clinician", "earliest")


class WishesForm(forms.Form):
    """Wishes about weekdays, parts of the day, a clinician and an earliest date, all optional."""

    weekdays = forms.TypedMultipleChoiceField(
        label=_("Days that suit"),
        choices=[(number, WEEKDAYS[number]) for number in range(7)],
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    parts = forms.TypedMultipleChoiceField(
        label=_("Time of day"),
        choices=PARTS.items(),
        coerce=Part,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    clinician = forms.TypedChoiceField(
        label=_("Clinician"), coerce=int, empty_value=None, required=False
    )
    earliest = forms.DateField(
        label=_("Not before"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": _("Enter a date, such as 2027-02-22.")},
    )
    helper = laid_out(
        Tiles("weekdays"), Tiles("parts"), TextLine("clinician"), TextLine("earliest")
    )

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        clinicians = Clinician.objects.filter(is_active=True).order_by("name")
        # Id to name, ordered by name; the pages need it, too.
        self.clinicians = dict(clinicians.values_list("pk", "name"))
        choice = self.fields["clinician"]
        assert isinstance(choice, forms.TypedChoiceField)
        choice.choices = [("", _("Anyone")), *self.clinicians.items()]

    def clean_earliest(self) -> date | None:
        """Return the date, or None. Raises ValidationError for a year out of range."""
        day: date | None = self.cleaned_data["earliest"]
        if day is not None and day.year not in YEARS:
            raise forms.ValidationError(_("Enter a date, such as 2027-02-22."))
        return day

    def wishes(self) -> PlanWishes:
        """Return the wishes; a field with an error counts as left open."""
        # Asking for `errors` validates the form; only then is there any cleaned data.
        given: dict[str, Any] = (
            self.cleaned_data if self.is_bound and self.errors is not None else {}
        )
        return PlanWishes(
            weekdays=frozenset(given.get("weekdays") or ()),
            parts=frozenset(given.get("parts") or ()),
            clinician_id=given.get("clinician"),
            earliest_on=given.get("earliest"),
        )


def time_value(starts_at: datetime, clinician_id: int) -> str:
    """Return a time as forms and addresses carry it: `start|clinician`, the start in UTC."""
    return f"{starts_at.astimezone(UTC):%Y-%m-%dT%H:%MZ}|{clinician_id}"


def times_in(data: QueryDict) -> dict[int, tuple[datetime, int]]:
    """Return the times that a page carries as `v1`, `v2` and so on, but those it cannot read.

    Each is a start (aware, UTC) and a clinician's id, by visit number.
    """
    read = {number: read_choice(data.get(f"v{number}", "")) for number in range(1, MOST_VISITS + 1)}
    return {number: time for number, time in read.items() if time is not None}


def still_free(task: PlanTask, times: Mapping[int, tuple[datetime, int]]) -> dict[int, Slot]:
    """Return the slots of those times that are still free for their visit, by visit number."""
    return {
        number: slot
        for number, time in times.items()
        for slot in task.slots.get(number, ())
        if (slot.starts_at, slot.clinician_id) == time
    }


def carried_wishes(data: QueryDict) -> list[tuple[str, str]]:
    """Return the wishes as pairs of name and value, for hidden fields and addresses."""
    return [(name, value) for name in WISHES for value in data.getlist(name) if value]


def query_of(pairs: Iterable[tuple[str, str]]) -> str:
    """Return the pairs as a query string with its question mark; empty without pairs."""
    text = urlencode(list(pairs))
    return f"?{text}" if text else ""
