"""Forms for time off, extra openings, weekly hours, clinicians' services, and rooms.

Most have `in_words()`, so that the page before a change can repeat what was asked for.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from booking.models import Room, Service
from booking.opening_hours.queries import abilities_version, room_version, stretch, week_version
from booking.scheduling.weekly_times import DEFAULT_WEEK
from clinic.models.people import Clinician
from clinic.models.practice import WeeklyHours
from clinic.practice.hours_text import TimeRange, read_ranges, write_ranges
from clinic.practice.wall_time import clinic_date, instant, readings
from clinic.templatetags.look import day, in_full
from clinic.web.form_fields import SeenForm, day_field, time_field
from clinic.web.form_layout import TextLine, Tick, Tiles, laid_out, lines


def _reading(label: Any) -> forms.CharField:
    """Return the field that asks which of two instants is meant; shown only when it is needed."""
    return forms.CharField(label=label, required=False, widget=forms.RadioSelect)


class _Span(forms.Form):
    """A span of time by the clinic's wall clock.

    When the clocks change, a wall time may come twice or never on that date. The form then asks
    which instant is meant. `starts_at` and `ends_at` are aware, and set by `clean`.
    """

    # One for each form instance, since `_meant` adds to it.
    helper: FormHelper
    from_reading = _reading(_("The clocks change then. From when?"))
    until_reading = _reading(_("The clocks change then. Until when?"))
    label = forms.CharField(
        label=_("What the calendar says (optional)"),
        required=False,
        max_length=60,
        help_text=_("Everybody at the clinic reads it. No reasons of health."),
    )
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def edges(self, cleaned: dict[str, Any]) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
        """Return date and wall time of the beginning and of the end.

        Without a time, the span begins at midnight, or ends at the next one.
        """
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        """Find the two instants; refuse a span that ends before it begins, or is over."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        (first, begins), (last, ends) = self.edges(cleaned)
        self.starts_at = self._meant(first, begins, "from_reading")
        if ends is None:
            last, ends = last + timedelta(days=1), time(0)
        self.ends_at = self._meant(last, ends, "until_reading")
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValidationError(_("The end must be after the beginning"))
        if self.ends_at and self.ends_at <= timezone.now():
            raise ValidationError(_("This time is over already"))
        return cleaned

    def _meant(self, day: date, at: time | None, name: str) -> datetime | None:
        """Return the instant of a wall time; no time is midnight.

        If it has two readings, return the one chosen in the field `name`, or None with an error.
        """
        zone = settings.CLINIC_TIME_ZONE
        if at is None:
            return instant(day, time(0), zone)
        found = readings(day, at, zone)
        if len(found) == 1:
            return found[0]
        self.fields[name].widget.choices = [(one.isoformat(), in_full(one)) for one in found]
        chosen = next((one for one in found if one.isoformat() == self.data.get(name)), None)
        if chosen is None:
            self.add_error(name, _("Choose which time you mean"))
        # Also when the choice was made: a form that is shown again has to send it again.
        self.helper.layout.append(Tiles(name))
        return chosen

    def span(self) -> dict[str, Any]:
        """Return the arguments for `close` and `open_extra`; call it on a valid form only."""
        return {
            "starts_at": self.starts_at,
            "ends_at": self.ends_at,
            "label": self.cleaned_data["label"],
        }

    def in_words(self) -> list[str]:
        """Return what is asked for as lines of text; call it on a valid form only."""
        label: str = self.cleaned_data["label"]
        return [stretch(self), label] if label else [stretch(self)]


class ClosureForm(_Span):
    """A closure. Without times it covers whole days."""

    first_day = day_field(_("First day"))
    begins = time_field(_("From (empty: the whole day)"), required=False)
    last_day = day_field(_("Last day"))
    ends = time_field(_("Until (empty: to the end of the day)"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = lines(("first_day", "begins", "last_day", "ends", "label"))

    def edges(self, cleaned: dict[str, Any]) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
        """Return the two days with their times, which may be missing."""
        return (cleaned["first_day"], cleaned["begins"]), (cleaned["last_day"], cleaned["ends"])


class OpeningForm(_Span):
    """An extra opening: time on one day beyond the weekly hours."""

    on = day_field(_("Day"))
    begins = time_field(_("From"))
    ends = time_field(_("Until"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = lines(("on", "begins", "ends", "label"))

    def edges(self, cleaned: dict[str, Any]) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
        """Return the day with each of its two times."""
        return (cleaned["on"], cleaned["begins"]), (cleaned["on"], cleaned["ends"])


class WeekForm(SeenForm):
    """Weekly hours of a clinician, a room or the clinic, with a line of text per weekday.

    They count from a date on: of the clinic (`owner` is None) by default from today, else from
    tomorrow. The fields show the hours that are in force on that date.
    """

    first = day_field(_("From this day on"))
    last = day_field(
        _("Up to and including (optional)"),
        required=False,
        help_text=_("Empty: until further notice. After it the hours of before count again."),
    )

    def __init__(
        self, data: Mapping[str, object] | None = None, *, owner: Clinician | Room | None
    ) -> None:
        today = clinic_date(timezone.now(), settings.CLINIC_TIME_ZONE)
        self.owner, self.is_clinic = owner, owner is None
        # Nothing of the clinic's own is booked in its hours, so they may change on the same day.
        start = today if self.is_clinic else today + timedelta(days=1)
        super().__init__(data, initial={"first": start, "seen": week_version(owner)})
        self.is_room = isinstance(owner, Room)
        in_force = _in_force(owner, start)
        names = ["first", "last"]
        for weekday in range(7):
            names.append(f"day_{weekday}")
            self.fields[f"day_{weekday}"] = forms.CharField(
                label=WEEKDAYS[weekday],
                required=False,
                max_length=100,
                initial=write_ranges(in_force[weekday]),
            )
        self.fields["day_0"].help_text = (
            _(
                "Like 8:00-12:00, 13:00-17:30. Empty: closed. Every day empty: open whenever a "
                "clinician sees patients."
            )
            if self.is_room
            else _("Like 8:00-12:00, 13:00-17:30. Empty: closed.")
        )
        self.helper = lines(names)

    def clean(self) -> dict[str, Any]:
        """Refuse dates that are past or in the wrong order, and hours that cannot be read."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and first < clinic_date(timezone.now(), settings.CLINIC_TIME_ZONE):
            self.add_error("first", _("Choose today or a later day"))
        if first and last and last < first:
            self.add_error("last", _("The last day is before the first"))
        for weekday in range(7):
            if read_ranges(cleaned.get(f"day_{weekday}", "")) is None:
                self.add_error(f"day_{weekday}", _("Write hours like 8:00-12:00, 13:00-17:30"))
        if self.is_clinic and not self.errors and not any(self.week()):
            # Without any hours nothing would ever be due.
            self.add_error(
                "day_0", _("Enter the hours of one day at least; for days off, close the clinic")
            )
        return cleaned

    def week(self) -> list[list[TimeRange]]:
        """Return the ranges of the seven weekdays; call it on a valid form only."""
        return [read_ranges(self.cleaned_data[f"day_{weekday}"]) or [] for weekday in range(7)]

    def stands(self) -> list[str]:
        """Return the hours that count now from the day asked for on, a line for each weekday."""
        return self._lines(_in_force(self.owner, self.cleaned_data["first"]))

    def in_words(self) -> list[str]:
        """Return the dates and hours asked for as lines of text; call it on a valid form only."""
        first, last = self.cleaned_data["first"], self.cleaned_data["last"]
        if last is None:
            when = gettext("From %(first)s on") % {"first": day(first)}
        else:
            when = gettext("%(first)s to %(last)s") % {"first": day(first), "last": day(last)}
        week = self.week()
        if self.is_room and not any(week):
            return [when, gettext("Open whenever a clinician sees patients")]
        return [when, *self._lines(week)]

    def _lines(self, week: list[list[TimeRange]]) -> list[str]:
        closed = gettext("closed")
        return [
            f"{WEEKDAYS[weekday]}: {write_ranges(ranges) or closed}"
            for weekday, ranges in enumerate(week)
        ]


def _in_force(owner: Clinician | Room | None, day: date) -> list[list[TimeRange]]:
    """Return the hours that are in force on that date, for each weekday, Monday first.

    Those of the clinic when `owner` is None; where none are entered, those that count meanwhile.
    """
    week: list[list[TimeRange]] = [[] for _weekday in range(7)]
    rows = WeeklyHours.objects.all() if owner is None else owner.opening_hours.all()
    in_force = [one for one in rows if (one.valid_from or day) <= day <= (one.valid_until or day)]
    for one in in_force or (DEFAULT_WEEK if owner is None else ()):
        week[one.weekday].append((one.starts, one.ends))
    return week


class AbilitiesForm(SeenForm):
    """What a clinician does, and whether she takes visits at all."""

    is_active = forms.BooleanField(label=_("Takes visits"), required=False)
    # Choices, not a queryset: SQLite fails on a posted number that is larger than its integers.
    services = forms.TypedMultipleChoiceField(
        label=_("Does these visits"),
        coerce=int,
        choices=lambda: [(one.pk, one.name) for one in Service.objects.all()],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    fits_pessaries = forms.BooleanField(label=_("Fits pessaries"), required=False)
    helper = laid_out(Tick("is_active"), Tiles("services"), Tick("fits_pessaries"))

    def __init__(self, data: Mapping[str, object] | None = None, *, clinician: Clinician) -> None:
        initial = {
            "is_active": clinician.is_active,
            "services": [one.pk for one in clinician.services.all()],
            "fits_pessaries": clinician.fits_pessaries,
            "seen": abilities_version(clinician),
        }
        super().__init__(data, initial=initial)

    def stands(self) -> list[str]:
        """Return what the clinician does now as lines of text."""
        return self._in_words(self.initial)

    def in_words(self) -> list[str]:
        """Return what is asked for as lines of text; call it on a valid form only."""
        return self._in_words(self.cleaned_data)

    def _in_words(self, wanted: Mapping[str, Any]) -> list[str]:
        names = Service.objects.filter(pk__in=wanted["services"]).values_list("name", flat=True)
        return [
            gettext("Takes visits") if wanted["is_active"] else gettext("Takes no visits"),
            ", ".join(names) or gettext("Does none of the visits"),
            gettext("Fits pessaries") if wanted["fits_pessaries"] else gettext("Fits no pessaries"),
        ]


class RoomForm(forms.Form):
    """The name of a new room."""

    name = forms.CharField(
        label=_("Name of the room"),
        max_length=40,
        error_messages={"required": _("Enter a name")},
    )
    helper = laid_out(TextLine("name"))
    # The room that is being renamed, None for a new one.
    room: Room | None = None

    def clean_name(self) -> str:
        """Refuse the name of another room, in upper or lower case."""
        name: str = self.cleaned_data["name"]
        others = Room.objects.exclude(pk=self.room.pk) if self.room else Room.objects.all()
        if others.filter(name__iexact=name).exists():
            raise ValidationError(_("A room with this name is there already"))
        return name


class RoomUseForm(RoomForm, SeenForm):
    """A room's name, and whether it is given out for visits."""

    is_active = forms.BooleanField(label=_("Given out for visits"), required=False)
    helper = laid_out(TextLine("name"), Tick("is_active"))

    def __init__(self, data: Mapping[str, object] | None = None, *, room: Room) -> None:
        initial = {"name": room.name, "is_active": room.is_active, "seen": room_version(room)}
        super().__init__(data, initial=initial)
        self.room = room

    def stands(self) -> list[str]:
        """Return the room's name and use as they are now."""
        return self._in_words(self.initial)

    def in_words(self) -> list[str]:
        """Return what is asked for as lines of text; call it on a valid form only."""
        return self._in_words(self.cleaned_data)

    def _in_words(self, wanted: Mapping[str, Any]) -> list[str]:
        is_active = wanted["is_active"]
        use = gettext("Given out for visits") if is_active else gettext("Not given out any more")
        return [wanted["name"], use]
