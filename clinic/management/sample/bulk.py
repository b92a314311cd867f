"""Make hundreds of thousands of appointments fast, within every constraint of the database."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, islice
from random import Random
from uuid import UUID

from booking.models import Appointment, Policy, Room, Service
from clinic.management.sample.bulk_insert import insert_rows
from clinic.models.people import Clinician, Patient
from clinic.practice.promised import promise_of
from clinic.practice.wall_time import instant

PER_DAY = 8
WORKDAYS = 5
# Bookings reach at most 12 weeks ahead, however many there are; the rest lies in the past.
WORKDAYS_AHEAD = 60


def make_bulk(*, patients: int, appointments: int, start: date, rng: Random, zone: str) -> None:
    """Make that many patients and visits around `start`: eight a day for each clinician.

    Each clinician has a room and patients of her own, who take turns, so that nothing overlaps.
    """
    people = [_uuid(rng) for _ in range(patients)]
    made_up = Patient(phone="+17815550100", is_sample=True)
    insert_rows(made_up, (_person(number, id_) for number, id_ in enumerate(people)))
    rooms = _rooms_for(Clinician.objects.count())
    service = Service.objects.get(code="evaluation")
    visit = Appointment(
        service=service,
        policy=Policy.objects.latest(),
        price_cents=service.price_cents,
        is_sample=True,
    )
    insert_rows(visit, _visits(people, rooms, appointments, start, rng, zone))


def _person(number: int, id_: UUID) -> Mapping[str, object]:
    address = f"sample{number}@sample.example"
    return {"id": id_, "name": f"Sample {number:06}", "email": address}


def _uuid(rng: Random) -> UUID:
    return UUID(int=rng.getrandbits(128), version=4)


def _rooms_for(clinicians: int) -> list[int]:
    missing = clinicians - Room.objects.count()
    Room.objects.bulk_create(Room(name=f"Sample room {n}") for n in range(1, missing + 1))
    return list(Room.objects.order_by("pk").values_list("pk", flat=True))


def _visits(
    people: list[UUID], rooms: list[int], appointments: int, start: date, rng: Random, zone: str
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
        # 60 minutes and a buffer of 15.
        starts = [at + timedelta(minutes=75 * slot) for at in opens for slot in range(PER_DAY)]
        for starts_at in reversed(starts[: max(left, 0)]):
            ends_at = starts_at + timedelta(minutes=60)
            yield {
                "id": _uuid(rng),
                "patient_id": own[next(turn) % len(own)],
                "clinician_id": clinician,
                "room_id": room,
                "starts_at": starts_at,
                "ends_at": ends_at,
                "busy_from": starts_at,
                "busy_until": ends_at + timedelta(minutes=15),
                "status": "completed" if starts_at < now else "booked",
                "booked_at": starts_at - timedelta(days=14),
                **promise_of(starts_at),
            }
        left -= len(starts)
