"""What was given out to open a patient's row, and what is left of it once her row changes hands.

The table is typed by hand: each line is a thing that was given out, each column an event.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from booking.calendar_feeds.actions import open_feed
from booking.models import Appointment, EarlierWish, Policy, Service, SlotOffer
from booking.reminders.actions import about
from booking.reminders.neutral_words import MANAGE
from booking.waitlist.emails import OFFER, about_offer
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.messages.preferences import UNSUBSCRIBE
from clinic.models.messages import Email
from clinic.models.people import Patient
from clinic.people.contact import Contact, change_contact, change_own_email, fingerprint
from clinic.security.private_links import issue
from clinic.sign_in.codes import user_for_code
from intake.duplicates.merge import merge_patients
from intake.duplicates.own_rows import claim_rows
from intake.intakes import draft_terms
from intake.models import Intake
from tests.clinic.sign_in.coding import born
from tests.factories import make_appointment, make_clinician, make_offer, make_patient
from tests.intake.online_intake.test_flow import start

pytestmark = [pytest.mark.django_db, pytest.mark.promises]
HERS, ELSEWHERE = "maya@example.test", "elsewhere@example.test"
BORN = born(1992, 5, 4)


@pytest.fixture(autouse=True)
def the_clinic(settings: Any) -> None:
    cache.clear()
    settings.LIMITS = dict.fromkeys(settings.LIMITS, (1000, 600))
    make_offer()
    Policy.objects.update(notice_patient_hours=0)


@dataclass(frozen=True)
class Given:
    """Her row, a visit ahead, and a function for each thing given out: whether it still opens."""

    patient: Patient
    visit: Appointment
    opens: dict[str, Callable[[], bool]]


def give_out() -> Given:
    """Begin a form in a browser, and give out everything there is to open the row."""
    browser = start(email=HERS)
    patient = Patient.objects.get(email=HERS)
    visit = make_appointment(
        patient=patient, clinician=make_clinician(), starts_at=timezone.now() + timedelta(days=3)
    )
    draft, offer = Intake.objects.get(patient=patient), _offer(patient, visit)
    links = {
        "visit link": _link(patient, MANAGE, about(visit)),
        "draft link": _link(patient, draft_terms.RESUME, draft_terms.about(draft)),
        "offer link": _link(patient, OFFER, about_offer(offer)),
    }
    stop = _link(patient, UNSUBSCRIBE, f"patient:{patient.pk}", only_stops_mail=True)
    opened, known = Client(), Client()
    opened.get(links["visit link"])
    known.get(links["draft link"])
    known.post(f"/intake/resume/{draft.pk}/", BORN)
    token = open_feed(patient=patient, context=Context(SYSTEM, timezone.now()))
    pages = {
        "browser": lambda: _shows(browser, "/book/"),
        "its form": lambda: _shows(browser, "/intake/safety/"),
        "link and birth date in a browser": lambda: _shows(known, "/intake/safety/"),
        "opened visit link": lambda: _shows(opened, f"/book/visit/{visit.pk}/"),
        "calendar feed": lambda: _shows(Client(), f"/calendar/{token}.ics"),
        "stop link opens": lambda: _shows(Client(), stop),
        "stop link stops her mail": lambda: _stops(stop, patient),
    }
    pages |= {name: lambda path=path: _shows(Client(), path) for name, path in links.items()}
    assert all(opens() for name, opens in pages.items() if name != "stop link stops her mail")
    return Given(patient, visit, pages)


def _link(patient: Patient, purpose: str, about: str, **options: Any) -> str:
    until = timezone.now() + timedelta(days=3)
    patient.refresh_from_db()
    url = issue(purpose=purpose, about=about, patient=patient, expires_at=until, **options)
    return urlsplit(url).path


def _offer(patient: Patient, visit: Appointment) -> SlotOffer:
    evaluation, now = Service.objects.get(code="evaluation"), timezone.now()
    wish = EarlierWish.objects.create(patient=patient, service=evaluation, made_at=now)
    hold = make_appointment(
        patient=patient, clinician=visit.clinician, starts_at=now + timedelta(days=1),
        status="held", holder_key="offer", hold_until=now + timedelta(hours=2),
    )  # fmt: skip
    return SlotOffer.objects.create(
        wish=wish, hold=hold, priority=1, waiting_then=1, clinician=visit.clinician,
        starts_at=hold.starts_at, offered_at=now, expires_at=now + timedelta(hours=2),
    )  # fmt: skip


def _shows(client: Client, path: str) -> bool:
    answer = client.get(path)
    if path.startswith("/l/") and answer.status_code == 302:
        answer = client.get(answer["Location"])
    return answer.status_code == 200


def _stops(path: str, patient: Patient) -> bool:
    """Press the mail program's own button and return whether she gets no reminders any more."""
    Client().post(path, {"List-Unsubscribe": "One-Click"})
    return Patient.objects.get(pk=patient.pk).home.no_reminders_since is not None


# --- The events -----------------------------------------------------------------------------------


def attach(given: Given) -> None:
    user = user_for_code(HERS)
    assert user is not None
    claim_rows(user=user, row_ids=[given.patient.pk], context=Context(SYSTEM, timezone.now()))
    assert Patient.objects.get(pk=given.patient.pk).user == user


def _merge(kept: Patient, merged: Patient) -> None:
    context = Context(SYSTEM, timezone.now())
    merge_patients(kept_id=kept.pk, merged_id=merged.pk, context=context, reason="she told us")


def keep_same(given: Given) -> None:
    _merge(given.patient, make_patient(email=HERS.title()))


def keep_other(given: Given) -> None:
    _merge(given.patient, make_patient(email=ELSEWHERE))


def gone_same(given: Given) -> None:
    _merge(make_patient(email=HERS), given.patient)


def gone_other(given: Given) -> None:
    _merge(make_patient(email=ELSEWHERE), given.patient)


def by_desk(given: Given) -> None:
    patient = Patient.objects.get(pk=given.patient.pk)
    wanted = Contact(patient.name, patient.phone, ELSEWHERE, patient.born_on, "")
    change_contact(
        patient_id=patient.pk, seen=fingerprint(patient), wanted=wanted,
        context=Context(SYSTEM, timezone.now()),
    )  # fmt: skip


def by_herself(given: Given) -> None:
    patient = Patient.objects.get(pk=given.patient.pk)
    change_own_email(
        patient_id=patient.pk, epoch=patient.epoch, email=ELSEWHERE,
        context=Context(SYSTEM, timezone.now()),
    )  # fmt: skip


EVENTS = (attach, keep_same, keep_other, gone_same, gone_other, by_desk, by_herself)
# y: it still opens, -: it does not. In the order of EVENTS. "Kept" and "gone" is her row, "same"
# and "other" the address of the two rows.
TABLE = {
    "browser":                          "- - - - - - -",
    "its form":                         "- - - - - - -",
    "link and birth date in a browser": "- - - - - - -",
    "opened visit link":                "y y y y - - -",
    "visit link":                       "y y y y - - -",
    "draft link":                       "y y y y - - -",
    "offer link":                       "y y y y - - -",
    "calendar feed":                    "- y y - - - -",
    "stop link opens":                  "y y y y y y y",
    "stop link stops her mail":         "y y y y - - -",
}  # fmt: skip
# To which addresses mails with a new link to the visit are owed after each event.
NEW_LINKS = ([], [], [HERS], [], [ELSEWHERE], [ELSEWHERE], [ELSEWHERE])


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_what_still_opens_after_each_event(event: Callable[[Given], None]) -> None:
    given = give_out()
    event(given)
    column = EVENTS.index(event)
    expected = {name: line.split()[column] == "y" for name, line in TABLE.items()}
    assert {name: opens() for name, opens in given.opens.items()} == expected
    mails = Email.objects.filter(kind="new_link", about=about(given.visit))
    assert [one.patient.email for one in mails if one.patient] == NEW_LINKS[column]


def test_what_is_just_being_given_out_is_dead_at_birth() -> None:
    """Another transaction read the row before the change, and gives its link and feed after it."""
    given = give_out()
    stale = Patient.objects.get(pk=given.patient.pk)
    by_desk(given)
    until = timezone.now() + timedelta(days=3)
    link = issue(purpose=MANAGE, about=about(given.visit), patient=stale, expires_at=until)
    token = open_feed(patient=stale, context=Context(SYSTEM, timezone.now()))
    assert not _shows(Client(), urlsplit(link).path)
    assert not _shows(Client(), f"/calendar/{token}.ics")
