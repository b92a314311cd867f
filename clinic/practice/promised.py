"""The wall time that was promised, kept beside the instant for which it was promised.

A visit is stored as an instant, and the patient was told a wall time. When the law changes what
clocks show, the instant stays and the wall time is another one: only what was promised tells. So a
row keeps the wall time, how far it was ahead of UTC, and the zone. They are written whenever the
row gets another instant, by `save`, `create` and `bulk_create`; nobody sets them. The database
refuses a row whose instant and promise do not belong together.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Func, IntegerField, Q
from django.utils.dateparse import parse_datetime

from clinic.practice.wall_time import ClockReading, kept, offsets, reading

# The type parameters are for the type checker: at run time a field class takes none.
if TYPE_CHECKING:
    _Wall = models.Field[datetime | None, datetime | None]
    _Number = models.IntegerField[int, int]
    _Text = models.CharField[str, str]
    _Flag = models.BooleanField[bool, bool]
else:
    _Wall, _Number, _Text = models.Field, models.IntegerField, models.CharField
    _Flag = models.BooleanField

# Beyond the last row that anybody books. What comes later is compared with the last offset.
LOOKED_AHEAD = timedelta(days=3 * 366)


class WallTimeField(_Wall):
    """A wall time without a zone, as a naive datetime."""

    def db_type(self, connection: Any) -> str:
        return "timestamp" if connection.vendor == "postgresql" else "datetime"

    def from_db_value(self, value: Any, *args: object) -> datetime | None:
        return self.to_python(value)

    def to_python(self, value: Any) -> datetime | None:
        return parse_datetime(value) if isinstance(value, str) else cast("datetime | None", value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return value if value is None or connection.vendor == "postgresql" else str(value)

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj))


class _Promised(models.Field if TYPE_CHECKING else object):  # type: ignore[misc]
    """What a column of a promise has beside its kind. Migrations see the field of Django's."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"editable": False, **options})

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        model_instance.write_promise()
        return getattr(model_instance, self.attname)


class PromisedWallTime(_Promised, WallTimeField):
    def deconstruct(self) -> Any:
        name, _path, args, options = super().deconstruct()
        return name, "clinic.practice.promised.WallTimeField", args, options


class PromisedOffset(_Promised, _Number):
    def deconstruct(self) -> Any:
        name, _path, args, options = super().deconstruct()
        return name, "django.db.models.IntegerField", args, options


class PromisedZone(_Promised, _Text):
    def deconstruct(self) -> Any:
        name, _path, args, options = super().deconstruct()
        return name, "django.db.models.CharField", args, options


class PromiseChecked(_Promised, _Flag):
    def deconstruct(self) -> Any:
        name, _path, args, options = super().deconstruct()
        return name, "django.db.models.BooleanField", args, options


class StartPromised(models.Model):
    """A row that begins at a promised wall time: `starts_at` is the instant.

    `promised_start` is naive, `start_offset` in seconds ahead of UTC. `is_promise_checked` is False
    for a row of which nobody knows by which zone data it was promised.
    """

    starts_at: "models.DateTimeField[datetime, datetime]"

    promised_start = PromisedWallTime()
    start_offset = PromisedOffset()
    promised_zone = PromisedZone(max_length=64)
    is_promise_checked = PromiseChecked(default=True)

    # The instant, the promised wall time and its offset, by the names of their fields.
    PROMISES: ClassVar[tuple[tuple[str, str, str], ...]] = (
        ("starts_at", "promised_start", "start_offset"),
    )

    class Meta:
        abstract = True

    def write_promise(self) -> None:
        """Promise, unsaved, what the clinic's clock shows, if the row has other instants now."""
        if not all(self._is_about(at, self.promised(at)) for at, _wall, _offset in self.PROMISES):
            self.promise_anew()

    def promise_anew(self) -> None:
        """Promise, unsaved, what the clinic's clock shows at the row's instants."""
        for at, wall, offset in self.PROMISES:
            if (moment := getattr(self, at)) is not None:
                shown = reading(moment, ZoneInfo(settings.CLINIC_TIME_ZONE))
                setattr(self, wall, shown.wall)
                setattr(self, offset, int(shown.offset.total_seconds()))
        self.promised_zone, self.is_promise_checked = settings.CLINIC_TIME_ZONE, True

    def promised(self, at: str = "starts_at") -> ClockReading | None:
        """Return what was promised for this instant, or None for an unsaved row without it."""
        _at, wall, offset = next(one for one in self.PROMISES if one[0] == at)
        if getattr(self, wall) is None or getattr(self, offset) is None:
            return None
        return ClockReading(getattr(self, wall), timedelta(seconds=getattr(self, offset)))

    @property
    def shows_promised_time(self) -> bool:
        """Whether the clinic's clock shows at `starts_at` what was promised."""
        return self.promised_at() == self.starts_at

    def promised_at(self, at: str = "starts_at") -> datetime:
        """Return the instant (UTC) at which the clinic's clock shows what was promised."""
        promised = self.promised(at)
        assert promised is not None
        return kept(promised, settings.CLINIC_TIME_ZONE)

    def _is_about(self, at: str, promised: ClockReading | None) -> bool:
        moment: datetime | None = getattr(self, at)
        if moment is None or promised is None:
            return moment is None
        naive = moment.astimezone(UTC).replace(tzinfo=None)
        return promised.wall - promised.offset == naive


class BothPromised(StartPromised):
    """A row that begins and ends at promised wall times: `starts_at` and `ends_at`."""

    promised_end = PromisedWallTime()
    end_offset = PromisedOffset()

    PROMISES = (
        ("starts_at", "promised_start", "start_offset"),
        ("ends_at", "promised_end", "end_offset"),
    )

    class Meta:
        abstract = True


class SecondsAhead(Func):
    """How many seconds a wall time is ahead of the UTC of an instant. Knows no zone data."""

    arity = 2
    output_field = IntegerField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        wall, at = (compiler.compile(one) for one in self.get_source_expressions())
        sql = f"EXTRACT(EPOCH FROM ({wall[0]} - timezone('UTC', {at[0]})))::int"
        return sql, (*wall[1], *at[1])

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        wall, at = (compiler.compile(one) for one in self.get_source_expressions())
        seconds = "CAST(strftime('%%s', {}) AS INTEGER)"
        sql = f"({seconds.format(wall[0])} - {seconds.format(at[0])})"
        return sql, (*wall[1], *at[1])


class WallAt(Func):
    """The wall time of an instant for a clock that is `ahead` of UTC."""

    arity = 1
    output_field = WallTimeField()

    def __init__(self, at: Any, ahead: timedelta, **extra: Any) -> None:
        super().__init__(at, **extra)
        self.seconds = int(ahead.total_seconds())

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = f"(timezone('UTC', %(expressions)s) + interval '{self.seconds} seconds')"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        at, params = compiler.compile(self.get_source_expressions()[0])
        # `datetime` drops what is less than a second: it is put behind again.
        sql = f"(datetime({at}, '{self.seconds:+} seconds') || substr({at}, 20))"
        return sql, (*params, *params)


def promise_constraint(name: str, at: str, wall: str, offset: str) -> CheckConstraint:
    """Return the constraint that a promise belongs to the instant of its row."""
    return CheckConstraint(condition=Q(**{offset: SecondsAhead(F(wall), F(at))}), name=name)


def promise_of(starts_at: datetime) -> Mapping[str, Any]:
    """Return the columns of the promise of a row that begins at that instant, by name."""
    shown = reading(starts_at, ZoneInfo(settings.CLINIC_TIME_ZONE))
    return {
        "promised_start": shown.wall,
        "start_offset": int(shown.offset.total_seconds()),
        "promised_zone": settings.CLINIC_TIME_ZONE,
        "is_promise_checked": True,
    }


def shows_another_time(at: str, offset: str, now: datetime) -> Q:
    """Return the condition of rows at whose instant the clock shows another time than promised.

    Rows whose instant is before `now` are left to the caller.
    """
    tz = ZoneInfo(settings.CLINIC_TIME_ZONE)
    found = Q(pk__in=[])
    for one in offsets(tz, now, now + LOOKED_AHEAD):
        differs = ~Q(**{offset: int(one.ahead.total_seconds())})
        if one.begins is not None:
            differs &= Q(**{f"{at}__gte": one.begins})
        if one.ends is not None:
            differs &= Q(**{f"{at}__lt": one.ends})
        found |= differs
    return found
