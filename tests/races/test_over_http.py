"""Races between browsers: one gets a redirect, all others a 409 or 429, and nobody a 5xx."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from booking.models import Appointment, LedgerEntry
from booking.packages import ledger
from booking.packages.queries import entries_of
from booking.scheduling.slot_choices import TimeChoice
from clinic.models.people import Patient
from clinic.security.access import SESSION_PATIENT
from tests.factories import (
    make_clinician,
    make_enrollment,
    make_offer,
    make_patient,
    make_referral,
)
from tests.races.test_one_slot import offered
from tests.racing import race
from tests.rounds import on_sqlite, rounds

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.promises]
RACERS, ROUNDS = 50, rounds(on_sqlite(1, 2), 5)


def browser(number: int) -> Client:
    patient = make_patient(email=f"http{number}@example.test")
    make_referral(patient=patient, now=timezone.now() - timedelta(days=2))
    return browser_of(patient)


def browser_of(patient: Patient, address: str = "127.0.0.1") -> Client:
    client = Client(raise_request_exception=False, REMOTE_ADDR=address)
    session = client.session
    session[SESSION_PATIENT] = str(patient.pk)
    session.save()
    return client


def test_fifty_browsers_for_one_time(settings: Any) -> None:
    settings.LIMITS = {**settings.LIMITS, "hold_sets": (100_000, 600)}
    make_offer()
    make_clinician()
    browsers = [browser(number) for number in range(RACERS)]
    for _ in range(ROUNDS):
        slot = offered(timezone.now())[0]
        choice = TimeChoice(slot.starts_at, int(slot.clinician_id), "").value
        answers = race(
            RACERS,
            lambda n, choice=choice: browsers[n].post("/book/evaluation/keep/", {"slot": choice}),
        )
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses == [302] + [409] * (RACERS - 1)
        assert Appointment.objects.filter(status="held").count() == 1
        Appointment.objects.update(status="released")


def test_fifty_browsers_with_one_credit_left_use_it_once() -> None:
    """All browsers are hers: no credit is lost, and none is used that she does not have."""
    make_offer()
    make_clinician()
    patient = make_patient(email="credits@example.test")
    referral = make_referral(patient=patient, now=timezone.now() - timedelta(days=2))
    enrollment = make_enrollment(patient=patient, referral=referral, now=timezone.now())
    LedgerEntry.objects.create(
        enrollment=enrollment, kind="adjust", delta=-5, at=timezone.now(), by="system", reason="x"
    )
    browsers = [browser_of(patient) for _ in range(RACERS)]
    slots = offered(timezone.now(), code="rr1")
    values = [TimeChoice(one.starts_at, one.clinician_id, "").value for one in slots[: RACERS * 2]]

    def redeem(number: int) -> list[int]:
        held = browsers[number].post("/book/rr1/keep/", {"slot": values[number]})
        if held.status_code != 302:
            return [held.status_code]
        confirmed = browsers[number].post(held["Location"], {"exam_wish": ""})
        return [302, confirmed.status_code]

    answers = race(RACERS, redeem)
    assert answers.count([302, 302]) == 1, answers
    assert {tuple(one) for one in answers} <= {(302, 302), (302, 409), (409,)}
    assert enrollment.appointments.filter(status="booked").count() == 1
    assert ledger.balance(entries_of(enrollment)) == 0


def test_a_hoarder_is_stopped_and_an_honest_patient_books(settings: Any) -> None:
    settings.LIMITS = {**settings.LIMITS, "hold_sets": (20, 600)}
    make_offer()
    make_clinician()
    hoarder = make_patient(email="hoarder@example.test")
    make_referral(patient=hoarder, now=timezone.now() - timedelta(days=2))
    slots = offered(timezone.now())
    values = [TimeChoice(one.starts_at, one.clinician_id, "").value for one in slots]
    sessions = [browser_of(hoarder) for _ in range(RACERS)]
    answers = race(
        RACERS, lambda n: sessions[n].post("/book/evaluation/keep/", {"slot": values[n * 2]})
    )
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses[429] == RACERS - 20
    assert set(statuses) <= {302, 409, 429}
    honest = make_patient(email="honest@example.test")
    make_referral(patient=honest, now=timezone.now() - timedelta(days=2))
    value = TimeChoice(slots[-1].starts_at, slots[-1].clinician_id, "").value
    held = browser_of(honest, "192.0.2.7").post("/book/evaluation/keep/", {"slot": value})
    assert held.status_code == 302


def test_whoever_comes_back_to_a_lost_hold_finds_what_she_chose(settings: Any) -> None:
    """A time that is still free is held again without a word; one that is taken is refused."""
    make_offer()
    make_clinician()
    first, second = browser(1), browser(2)
    slot = offered(timezone.now())[0]
    value = TimeChoice(slot.starts_at, slot.clinician_id, "").value
    with time_machine.travel(timezone.now(), tick=False) as clock:
        held_at = first.post("/book/evaluation/keep/", {"slot": value})["Location"]
        clock.shift(timedelta(minutes=11))
        taken = second.post("/book/evaluation/keep/", {"slot": value})
        assert taken.status_code == 302
        late = first.post(held_at, {"exam_wish": "talk"})
        assert late.status_code == 409
        assert b'name="exam_wish" value="talk"' in late.content
        other = TimeChoice(slot.starts_at + timedelta(hours=3), slot.clinician_id, "").value
        answer = first.post("/book/evaluation/keep/", {"slot": other, "exam_wish": "talk"})
        held_at = answer["Location"]
        assert first.get(held_at).context["form"]["exam_wish"].value() == "talk"
        clock.shift(timedelta(minutes=11))
        again = first.post(held_at, {"exam_wish": "talk"})
    assert again.status_code == 302
    booked = Appointment.objects.get(status="booked")
    assert (booked.patient.email, booked.exam_wish) == ("http1@example.test", "talk")
