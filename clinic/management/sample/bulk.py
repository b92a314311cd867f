"""Make hundreds of thousands of appointments fast, within every constraint of the database.

They are inserted in bulk and not booked by the actions, which would take hours: no form, mail,
event or task belongs to them. A clinic with those is made by `patients` and `situations`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, islice
from random import Random
from uuid import UUID

from booking.models import Appointment, Policy, Room, Service
from clinic.management.sample.bulk_insert import insert_rows
from clinic.management.sample.names import LANGUAGES, bulk_name
from clinic.models.people import Clinician, Patient
from clinic.practice.promised import promise_of
from clinic.practice.wall_time import instant

PER_DAY = 8
WORKDAYS = 5
# Bookings reach at most 12 weeks ahead, however many there are; the rest lies in the past.
WORKDAYS_AHEAD = 60
BUFFER = timedelta(minutes=15)
# The days that a clinician has in turn, from 8 am to 6 pm: when each visit begins, in minutes after
# eight, and how long it takes. The short ones are follow-ups; around them is free time.
SHORT = 45
DAYS = (
    ((0, 60), (75, 60), (150, 60), (225, 60), (300, 60), (375, 60), (450, 60), (525, 60)),
    ((0, 90), (105, 60), (180, 30), (240, 60), (315, 45), (390, 60), (465, 30), (525, 60)),
    ((15, 45), (75, 30), (120, 90), (225, 60), (300, 60), (390, 90), (495, 30), (540, 45)),
    ((0, 60), (90, 45), (150, 60), (240, 30), (285, 90), (390, 45), (450, 60), (540, 60)),
)
# What became of past visits, in hundredths; the rest took place.
MISSED, CALLED_OFF = 6, 8
# Of those of the next two weeks: what waits to be confirmed, and what asks for attention.
AHEAD_NEAR = timedelta(days=14)
UNCONFIRMED = 6
ATTENTION = ((4, "check_in_due"), (6, "red"), (7, "stop"))


def make_bulk(*, patients: int, appointments: int, start: date, rng: Random, zone: str) -> None:
    """Make that many patients and visits around `start`: eight a day for each clinician.

    Each clinician has a room and patients of her own, who take turns, so that nothing overlaps.
    Where a follow-up is sold, the short visits are follow-ups. Visits ahead are booked, but for
    what was cancelled or waits to be confirmed; on the day of `start` the first has taken place,
    and whoever comes second is there.
    """
    people = [_uuid(rng) for _ in range(patients)]
    made_up = Patient(phone="+17815550100", is_sample=True)
    insert_rows(made_up, (_person(number, id_) for number, id_ in enumerate(people)))
    rooms = _rooms_for(Clinician.objects.count())
    long = Service.objects.get(code="evaluation")
    short = Service.objects.filter(kind=Service.Kind.FOLLOW_UP, is_active=True).first() or long
    visit = Appointment(service=long, policy=Policy.objects.latest(), is_sample=True)
    insert_rows(visit, _visits(people, rooms, (long, short), appointments, start, rng, zone))


def _person(number: int, id_: UUID) -> Mapping[str, object]:
    address = f"sample{number}@sample.example"
    language = LANGUAGES[number // 11 % len(LANGUAGES)] if number % 11 == 5 else ""
    return {"id": id_, "name": bulk_name(number), "email": address, "interpreter": language}


def _uuid(rng: Random) -> UUID:
    return UUID(int=rng.getrandbits(128), version=4)


def _rooms_for(clinicians: int) -> list[int]:
    missing = clinicians - Room.objects.count()
    Room.objects.bulk_create(Room(name=f"Sample room {n}") for n in range(1, missing + 1))
    return list(Room.objects.order_by("pk").values_list("pk", flat=True))


def _visits(
    people: list[UUID],
    rooms: list[int],
    services: tuple[Service, Service],
    appointments: int,
    start: date,
    rng: Random,
    zone: str,
) -> Iterator[Mapping[str, object]]:
    """Yield the columns of each clinician's visits, the last visit first.

    SQLite's trigger looks for overlaps among the rows that begin before the new one. Inserted
    backwards, there are none.
    """
    clinicians = list(Clinician.objects.order_by("pk").values_list("pk", flat=True))
    # Rounded up.
    days = -(-appointments // (PER_DAY * len(clinicians)))
    past = days - min(days // 2, WORKDAYS_AHEAD)
    first = start - timedelta(days=past * 7 // WORKDAYS)
    dates = (first + timedelta(days=n) for n in count())
    workdays = list(islice((day for day in dates if day.weekday() < WORKDAYS), days))
    opens = [instant(day, time(8), zone) for day in workdays]
    now = datetime.combine(start, time(12), UTC)
    left = appointments
    for number, (clinician, room) in enumerate(zip(clinicians, rooms, strict=False)):
        own, turn = people[number :: len(clinicians)], count()
        times = [
            _Time(at + timedelta(minutes=minute), minutes, place)
            for day, at in enumerate(opens)
            for place, (minute, minutes) in enumerate(DAYS[(day + number) % len(DAYS)])
        ]
        for one in reversed(times[: max(left, 0)]):
            service = services[one.minutes <= SHORT]
            ends_at = one.starts_at + timedelta(minutes=one.minutes)
            yield {
                "id": _uuid(rng),
                "patient_id": own[next(turn) % len(own)],
                "clinician_id": clinician,
                "room_id": room,
                "service_id": service.pk,
                "price_cents": service.price_cents,
                "starts_at": one.starts_at,
                "ends_at": ends_at,
                "busy_from": one.starts_at,
                "busy_until": ends_at + BUFFER,
                **promise_of(one.starts_at),
                **_state(one, now, rng.randrange(100)),
            }
        left -= len(times)


@dataclass(frozen=True, slots=True)
class _Time:
    """When a visit begins and how long it takes, and which of its day it is, from 0."""

    starts_at: datetime
    minutes: int
    place: int


def _state(one: _Time, now: datetime, chance: int) -> Mapping[str, object]:
    """Return the columns that say what became of a visit; `chance` is from 0 to 99."""
    booked_at = min(one.starts_at - timedelta(days=14), now - timedelta(hours=3))
    state: dict[str, object] = {"status": "booked", "booked_at": booked_at}
    until = one.starts_at - now
    if chance < CALLED_OFF:
        at = min(one.starts_at - timedelta(days=2), now - timedelta(hours=1))
        return {**state, "status": "cancelled", "cancelled_at": at}
    if until < timedelta(0):
        status = "no_show" if chance < CALLED_OFF + MISSED else "completed"
        return {**state, "status": status}
    if until < timedelta(hours=12):
        # The day of `start`.
        state["status"] = ("completed", "arrived")[one.place] if one.place < 2 else "booked"
        return state
    if until < AHEAD_NEAR:
        state["attention"] = next((word for most, word in ATTENTION if 99 - chance < most), "")
        if chance < CALLED_OFF + UNCONFIRMED:
            waits = {"confirm_by": now + timedelta(hours=12), "network_key": "sample network"}
            state |= waits
    return state
