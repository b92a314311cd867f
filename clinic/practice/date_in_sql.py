"""The clinic's date of an instant, inside a statement, by the pinned zone data.

A database converts zones by data of its own, of another release than ours: PostgreSQL by the files
of its machine or of its build. Where the law changed between the two, it would put an evening on
another date than the page does. So no statement names a zone; only UTC is known alike everywhere.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Case, DateField, DateTimeField, ExpressionWrapper, F, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import TruncDate

from clinic.practice.wall_time import offsets


def clinic_date_of(field: str, *, first: datetime | None, last: datetime | None) -> Combinable:
    """Return the expression for the date that the clinic's clock has at this field.

    `first` and `last` are the earliest and the latest instant among the rows; None for no rows.
    """
    if first is None or last is None:
        return Value(None, output_field=DateField())
    stretches = list(offsets(ZoneInfo(settings.CLINIC_TIME_ZONE), first, last))
    dates = [
        TruncDate(ExpressionWrapper(F(field) + one.ahead, output_field=DateTimeField()), tzinfo=UTC)
        for one in stretches
    ]
    whens = [
        When(**{f"{field}__lt": one.ends}, then=date)
        for one, date in zip(stretches, dates, strict=True)
        if one.ends is not None
    ]
    return Case(*whens, default=dates[-1], output_field=DateField())
