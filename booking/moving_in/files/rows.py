"""One row of a file as plain values: a patient, a package or a visit. Nothing is guessed."""

# mypy: disallow-any-explicit

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from booking.moving_in.files.formats import DAY_FIRST, Layout
from clinic.identity.birth_dates import check_birth
from clinic.identity.names import read_name
from clinic.identity.phones import MOST_STORED, read_phone
from clinic.identity.readings import Unreadable
from clinic.identity.same_person import ComparedContact
from clinic.practice.wall_time import instant, readings

DATE = (
    r"(?P<y>[0-9]{4})[-/.](?P<m>[0-9]{1,2})[-/.](?P<d>[0-9]{1,2})"
    r"|(?P<a>[0-9]{1,2})[-/.](?P<b>[0-9]{1,2})[-/.](?P<c>[0-9]{4})"
    r"|(?P<whole>[0-9]{8})"
)
TIME = (
    r"(?P<h>[0-9]{1,2}):(?P<m>[0-9]{2})(?::(?P<s>[0-9]{2})(?:\.[0-9]{1,6})?)?"
    r" ?(?P<half>[AaPp])?(?:\.?[Mm]\.?)?"
)
OFFSET = r"(?P<utc>[Zz])|(?P<sign>[+-])(?P<h>[0-9]{2}):?(?P<m>[0-9]{2})"
_DATE, _TIME, _OFFSET = re.compile(rf"{DATE}"), re.compile(rf"{TIME}"), re.compile(rf"{OFFSET}")
# The same without names, as parts of a longer pattern.
PLAIN_DATE, PLAIN_TIME, PLAIN_OFFSET = (
    re.sub(r"[?]P<[a-z]+>", "?:", pattern) for pattern in (DATE, TIME, OFFSET)
)
# A date, a time and an offset, with what may stand between them.
_MOMENT = re.compile(
    rf"(?P<date>{PLAIN_DATE})[T ]+(?P<time>{PLAIN_TIME}) ?(?P<offset>{PLAIN_OFFSET})?"
)
_MONEY = re.compile(r"\$?([0-9]{1,3}(?:,?[0-9]{3}){0,2})(?:\.([0-9]{2}))?")
_COUNT = re.compile(r"[0-9]{1,2}")
# A date at midnight, as some systems write a day without a time.
_MIDNIGHT = re.compile(r"[T ]+(?:12:00(?::00)? ?[Aa][Mm]|0{1,2}:00(?::00(?:\.0+)?)?)$")
MOST_INTERPRETER = 40


class RowRefused(Exception):
    """The row cannot be taken as it is; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class RowLeft(RowRefused):
    """The row is not to be imported: a cancelled visit, a meeting without a patient."""


@dataclass(frozen=True, slots=True)
class PatientRow:
    """A patient as the file has her. `number` is what the other files call her, or ""."""

    number: str
    contact: ComparedContact
    interpreter: str


@dataclass(frozen=True, slots=True)
class VisitAhead:
    """A visit ahead. Either a number or a contact says whose it is.

    `starts_at` is an instant (UTC). `is_twice` tells that the clock shows its wall time twice.
    """

    number: str
    contact: ComparedContact
    starts_at: datetime
    is_twice: bool
    service: str
    clinician: str


@dataclass(frozen=True, slots=True)
class PackageRow:
    """A package under way: what was bought when, and the days of the visits that took place."""

    number: str
    contact: ComparedContact
    package: str
    sold_on: date
    expires_on: date | None
    gave_birth_on: date
    used_on: tuple[date, ...]
    clinician: str
    owed_cents: int


def read_patient(cells: Mapping[str, str], layout: Layout, *, today: date) -> PatientRow:
    """Return the patient in these cells, by column. Raises RowRefused."""
    said = _meanings(cells, layout)
    return PatientRow(
        said.get("number", ""),
        _contact(said, layout, today=today, is_needed=True),
        said.get("interpreter", "")[:MOST_INTERPRETER],
    )


def read_visit(cells: Mapping[str, str], layout: Layout, *, zone: str, now: datetime) -> VisitAhead:
    """Return the visit in these cells; wall times are of `zone`. Raises RowRefused, RowLeft."""
    said = _meanings(cells, layout)
    contact = _contact(said, layout, today=now.date(), is_needed=False)
    if not said.get("number") and not contact.name:
        raise RowLeft("nobody")
    _check_status(said, layout)
    if cells.get(layout.series, "0") not in ("", "0"):
        raise RowRefused("series")
    starts_at, is_twice = _moment(said, layout, zone)
    if starts_at <= now:
        raise RowLeft("past")
    if starts_at > now + timedelta(days=3 * 366):
        raise RowRefused("far_ahead")
    return VisitAhead(
        said.get("number", ""),
        contact,
        starts_at,
        is_twice,
        said.get("service", ""),
        said.get("clinician", ""),
    )


def read_package(cells: Mapping[str, str], layout: Layout, *, today: date) -> PackageRow:
    """Return the package in these cells. Raises RowRefused, RowLeft."""
    said = _meanings(cells, layout)
    used = tuple(
        read_day(one, layout.dates)
        for one in re.split(r"[\s,;]+", said.get("visit_dates", ""))
        if one
    )
    if _count(said.get("visits_used", "")) != len(used):
        raise RowRefused("used_without_dates")
    sold_on, expires_on = _day(said, "sold_on", layout), _optional_day(said, "expires_on", layout)
    if sold_on is None or sold_on > today:
        raise RowRefused("sold_on")
    if list(used) != sorted(set(used)) or any(not sold_on <= one <= today for one in used):
        raise RowRefused("used_when")
    if expires_on is not None and expires_on < today:
        raise RowLeft("expired")
    gave_birth_on = _optional_day(said, "gave_birth_on", layout)
    if gave_birth_on is None or gave_birth_on > today:
        raise RowRefused("gave_birth_on")
    return PackageRow(
        said.get("number", ""),
        _contact(said, layout, today=today, is_needed=False),
        said.get("package", ""),
        sold_on,
        expires_on,
        gave_birth_on,
        used,
        said.get("clinician", ""),
        _cents(said.get("still_to_pay", "")),
    )


def _meanings(cells: Mapping[str, str], layout: Layout) -> dict[str, str]:
    """Return what the cells say, by meaning: of several columns the first that holds something."""
    found = {
        meaning: next((cells[one] for one in names if cells.get(one)), "")
        for meaning, names in layout.columns.items()
    }
    return {meaning: text for meaning, text in found.items() if text}


def _contact(
    said: Mapping[str, str], layout: Layout, *, today: date, is_needed: bool
) -> ComparedContact:
    """Return who the row is about. A phone number that cannot be read stays as it is written."""
    name = _name(said)
    if not name and is_needed:
        raise RowRefused("no_name")
    born_on = _optional_day(said, "birth_date", layout, code="birth_date")
    if born_on is not None:
        try:
            check_birth(born_on, today)
        except Unreadable:
            raise RowRefused("birth_date") from None
    phone = said.get("phone", "")
    return ComparedContact(
        name, born_on, read_phone(phone) or phone[:MOST_STORED], said.get("email", "")
    )


def _name(said: Mapping[str, str]) -> str:
    parts = [said.get(one, "") for one in ("first", "middle", "last")]
    whole = said.get("name") or " ".join(one for one in parts if one)
    if last_first := said.get("last_first"):
        # "Lastname, Firstname MI": the comma parts the two, and only the first one does.
        last, comma, first = last_first.partition(",")
        whole = f"{first.strip()} {last.strip()}" if comma else last_first
    if not whole:
        return ""
    try:
        return read_name(whole)
    except Unreadable:
        raise RowRefused("name") from None


def _check_status(said: Mapping[str, str], layout: Layout) -> None:
    status = said.get("status", "").casefold()
    if why := layout.not_ahead.get(status):
        raise RowLeft(why)
    if layout.only and status not in layout.only:
        raise RowLeft("cancelled")
    if said.get("checked_in"):
        raise RowLeft("past")


def _moment(said: Mapping[str, str], layout: Layout, zone: str) -> tuple[datetime, bool]:
    """Return the instant (UTC), and whether the clock shows its wall time twice."""
    if whole := said.get("starts"):
        found = _MOMENT.fullmatch(whole)
        if found is None:
            raise RowRefused("when")
        day, at, offset = found["date"], found["time"], found["offset"]
    else:
        # Some systems write the midnight of the day along.
        day, at, offset = _MIDNIGHT.sub("", said.get("date", "")), said.get("time", ""), None
    on, clock = read_day(day, layout.dates), _clock(at)
    if offset:
        return datetime.combine(on, clock, _offset(offset)).astimezone(UTC), False
    meant = readings(on, clock, zone)
    first = instant(on, clock, zone)
    if first.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != datetime.combine(on, clock):
        raise RowRefused("no_such_time")
    return first, len(meant) > 1


def read_day(text: str, order: str) -> date:
    """Return the date, with four digits for the year. Raises RowRefused."""
    found = _DATE.fullmatch(text)
    if found is None:
        raise RowRefused("when")
    if whole := found["whole"]:
        parts = whole[:4], whole[4:6], whole[6:]
    elif found["y"]:
        parts = found["y"], found["m"], found["d"]
    else:
        first, second = found["a"], found["b"]
        parts = (found["c"], second, first) if order == DAY_FIRST else (found["c"], first, second)
    year, month, day = (_digits(one) for one in parts)
    try:
        return date(year, month, day)
    except ValueError:
        raise RowRefused("when") from None


def _clock(text: str) -> time:
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise RowRefused("when")
    hour, half = _digits(found["h"]), (found["half"] or "").lower()
    if half and not 1 <= hour <= 12:
        raise RowRefused("when")
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return time(hour, _digits(found["m"]))
    except ValueError:
        raise RowRefused("when") from None


def _offset(text: str) -> timezone:
    found = _OFFSET.fullmatch(text)
    assert found is not None
    if found["utc"]:
        return UTC
    ahead = timedelta(hours=_digits(found["h"]), minutes=_digits(found["m"]))
    if ahead >= timedelta(days=1):
        raise RowRefused("when")
    return timezone(-ahead if found["sign"] == "-" else ahead)


def _day(said: Mapping[str, str], name: str, layout: Layout) -> date | None:
    return read_day(said[name], layout.dates) if name in said else None


def _optional_day(
    said: Mapping[str, str], name: str, layout: Layout, code: str = ""
) -> date | None:
    text = _MIDNIGHT.sub("", said.get(name, ""))
    # How a database writes that there is no date.
    if not text or text.startswith("0000-00-00"):
        return None
    try:
        return read_day(text, layout.dates)
    except RowRefused:
        raise RowRefused(code or name) from None


def _cents(text: str) -> int:
    if not text:
        return 0
    found = _MONEY.fullmatch(text)
    if found is None:
        raise RowRefused("money")
    return 100 * _digits(found[1].replace(",", "")) + _digits(found[2] or "0")


def _count(text: str) -> int:
    if not _COUNT.fullmatch(text):
        raise RowRefused("used_without_dates")
    return _digits(text)


def _digits(text: str) -> int:
    """Return the number; each pattern above lets at most nine digits through."""
    return int(text)
