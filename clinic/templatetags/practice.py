"""What pages print of the clinic itself: its weekly hours."""

from collections.abc import Iterable, Iterator, Sequence

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from clinic.models.practice import WeeklyHours
from clinic.practice.hours_text import TimeRange, alike_days
from clinic.practice.wall_time import clinic_date
from clinic.templatetags.look import brief_time

register = template.Library()


@register.simple_tag
def clinic_hours() -> str:
    """Return the weekly hours that are in force today: "Monday to Friday, 8 am to 5 pm".

    Empty when none are entered: a page must not print hours that nobody entered.
    """
    week: list[list[TimeRange]] = [[] for _weekday in range(7)]
    today = clinic_date(timezone.now(), settings.CLINIC_TIME_ZONE)
    for one in WeeklyHours.objects.in_force(today):
        week[one.weekday].append((one.starts, one.ends))
    return week_words(week)


@register.filter
def week_words(week: Sequence[Sequence[TimeRange]]) -> str:
    """Return hours in words, days of the same hours together; `week` is Monday first."""
    return "; ".join(
        _("%(days)s, %(hours)s") % {"days": _and(_days(runs)), "hours": _and(map(_hours, ranges))}
        for runs, ranges in alike_days(week)
    )


def _days(runs: Iterable[range]) -> Iterator[str]:
    """Yield each run of three days or more in words, and every other day by its name."""
    for run in runs:
        if len(run) > 2:
            yield _first_to_last(str(WEEKDAYS[run[0]]), str(WEEKDAYS[run[-1]]))
        else:
            yield from (str(WEEKDAYS[weekday]) for weekday in run)


def _hours(hours: TimeRange) -> str:
    return _first_to_last(*map(brief_time, hours))


def _first_to_last(first: str, last: str) -> str:
    return _("%(first)s to %(last)s") % {"first": first, "last": last}


def _and(parts: Iterable[str]) -> str:
    *before, last = parts
    if not before:
        return last
    return _("%(some)s and %(last)s") % {"some": ", ".join(before), "last": last}
