"""Appointments by the hundred thousand, written straight and in order, within every constraint."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import count, islice
from random import Random
from uuid import UUID

from booking.models import Appointment, Policy, Room, Service
from booking.wall_time import instant
from clinic.people.models import Clinician, Patient

BATCH = 5_000
PER_DAY = 8


def make_bulk(*, patients: int, appointments: int, start: date, rng: Random, zone: str) -> None:
    """Make that many patients and visits: eight a day for each clinician, half of them past.

    Each clinician has a room and patients of her own, who take turns, so nothing overlaps.
    """
    people = [
        Patient(
            id=_uuid(rng),
            name=f"Sample {number:06}",
            email=f"sample{number}@sample.example",
            phone="+17815550100",
            is_sample=True,
        )
        for number in range(patients)
    ]
    Patient.objects.bulk_create(people, batch_size=BATCH)
    rooms = _rooms_for(Clinician.objects.count())
    rows = islice(_rows(people, rooms, appointments, start, rng, zone), appointments)
    while batch := list(islice(rows, BATCH)):
        Appointment.objects.bulk_create(batch)


def _uuid(rng: Random) -> UUID:
    return UUID(int=rng.getrandbits(128), version=4)


def _rooms_for(clinicians: int) -> list[Room]:
    missing = clinicians - Room.objects.count()
    Room.objects.bulk_create(Room(name=f"Sample room {n}") for n in range(1, missing + 1))
    return list(Room.objects.order_by("pk"))


def _rows(people, rooms, appointments, start, rng, zone):  # type: ignore[no-untyped-def]
    policy, service = Policy.objects.latest(), Service.objects.get(code="evaluation")
    clinicians = list(Clinician.objects.order_by("pk"))
    days = -(-appointments // (PER_DAY * len(clinicians)))
    first = start - timedelta(days=(days // 2) * 7 // 5)
    now = datetime.combine(start, time(12), UTC)
    workdays = [
        day for n in range(days * 7 // 5 + 7) if (day := first + timedelta(n)).weekday() < 5
    ]
    for number, (clinician, room) in enumerate(zip(clinicians, rooms, strict=False)):
        own, turn = people[number :: len(clinicians)], count()
        for day in workdays[:days]:
            opens = instant(day, time(8), zone)
            for slot in range(PER_DAY):
                starts_at = opens + timedelta(minutes=75 * slot)
                ends_at = starts_at + timedelta(minutes=60)
                yield Appointment(
                    id=_uuid(rng),
                    patient=own[next(turn) % len(own)],
                    clinician=clinician,
                    room=room,
                    service=service,
                    policy=policy,
                    starts_at=starts_at,
                    ends_at=ends_at,
                    busy_from=starts_at,
                    busy_until=ends_at + timedelta(minutes=15),
                    status="completed" if starts_at < now else "booked",
                    booked_at=starts_at - timedelta(days=14),
                    price_cents=service.price_cents,
                    is_sample=True,
                )
