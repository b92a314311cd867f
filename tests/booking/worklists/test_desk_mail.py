"""The desk's pages about mail: the alarm, the list, a retry, and a new address."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from clinic.audit.context import Context
from clinic.audit.details import fields_of
from clinic.audit.record import SYSTEM
from clinic.messages.delivery.sending import send_due
from clinic.messages.outbox import owe
from clinic.messages.upkeep import Trouble, sending
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email, Heartbeat
from clinic.operations.clock import CLOCK
from clinic.ownership.mailbox import prove
from clinic.people.contact import Contact, MustAskFirst, change_contact, fingerprint
from clinic.sign_in.codes import user_for_code
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_appointment, make_patient

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def desk(cast: Cast) -> Client:
    return client_for(cast.manager)


def a_mail(cast: Cast, *, status: str = "due", due_at: datetime = NOW, **fields: Any) -> Email:
    email = owe(kind="staff_look", about=f"m:{status}{due_at}", user=cast.manager, due_at=due_at)
    Email.objects.filter(pk=email.pk).update(status=status, **fields)
    email.refresh_from_db()
    return email


def ran(at: datetime) -> None:
    Heartbeat.objects.update_or_create(job="send_due", defaults={"at": at})


# --- The alarm ------------------------------------------------------------------------------------


def test_the_alarm_rings_for_a_silent_sender_late_mail_and_mail_that_needs_a_person(
    cast: Cast,
) -> None:
    assert sending().trouble(NOW) == Trouble.SILENT
    ran(NOW - 3 * MINUTE)
    assert sending().trouble(NOW) == Trouble.NONE
    assert sending().trouble(NOW + timedelta(seconds=1)) == Trouble.SILENT
    stuck = a_mail(cast, status="needs_human")
    assert sending().trouble(NOW) == Trouble.NEEDS_PERSON
    a_mail(cast, due_at=NOW - 5 * MINUTE)
    assert sending().trouble(NOW) == Trouble.NEEDS_PERSON
    a_mail(cast, due_at=NOW - 6 * MINUTE)
    assert sending().trouble(NOW) == Trouble.LATE
    Email.objects.exclude(pk=stuck.pk).update(status="skipped")
    Email.objects.filter(pk=stuck.pk).update(status="skipped")
    assert sending().trouble(NOW) == Trouble.NONE


@pytest.mark.parametrize(
    ("beat_ago", "due_ago", "says"),
    [(60, 0, "Mail is not being sent"), (1, 20, "Mail is late"), (1, 1, "")],
)
def test_every_page_of_the_desk_shows_the_alarm(
    cast: Cast, desk: Client, beat_ago: int, due_ago: int, says: str
) -> None:
    now = timezone.now()
    ran(now - beat_ago * MINUTE)
    a_mail(cast, due_at=now - due_ago * MINUTE)
    for page in ("/desk/day/", "/desk/patients/", "/review/tasks/"):
        text = desk.get(page).content.decode()
        shown = [alarm for alarm in ("Mail is not being sent", "Mail is late") if alarm in text]
        assert shown == ([says] if says else [])


@pytest.mark.parametrize(
    ("clock_ago", "says"),
    [(None, ""), (1, "down is the worker"), (60, "down is the clock process")],
)
def test_the_desk_reads_which_process_is_down(
    desk: Client, clock_ago: int | None, says: str
) -> None:
    now = timezone.now()
    ran(now - 60 * MINUTE)
    if clock_ago is not None:
        Heartbeat.objects.create(job=CLOCK, at=now - clock_ago * MINUTE)
    text = " ".join(desk.get("/desk/mail/").content.decode().split())
    words = ("down is the worker", "down is the clock process")
    assert [one for one in words if one in text] == ([says] if says else [])


def test_the_page_does_not_say_of_a_refused_mail_that_it_may_have_gone(
    cast: Cast, desk: Client
) -> None:
    ran(timezone.now())
    a_mail(cast, status="needs_human", reason="text_refused")
    text = " ".join(desk.get("/desk/mail/").content.decode().split())
    assert "the mail server refused what it says, or who sends it" in text
    assert "What the server refused has not gone." in text
    assert "These may have gone once" not in text


def test_the_page_counts_and_lists_what_needs_somebody(cast: Cast, desk: Client) -> None:
    now = timezone.now()
    ran(now)
    a_mail(cast, status="needs_human", due_at=now)
    cast.patient.mail_bounced_at = now
    cast.patient.save()
    make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=now + timedelta(days=3)
    )
    text = desk.get("/desk/mail/").content.decode()
    assert "Needs a person" in text
    assert "Unreachable by mail" in text
    assert f"/desk/patient/{cast.patient.pk}/contact/" in text
    assert "next visit" in text
    assert "other@example.test" not in text


# --- Trying again ---------------------------------------------------------------------------------


@pytest.mark.promises
@pytest.mark.parametrize("status", ["failed", "needs_human", "due"])
def test_a_failed_mail_is_sent_again_at_once_and_recorded(
    cast: Cast, desk: Client, status: str
) -> None:
    later = timezone.now() + timedelta(hours=3)
    email = a_mail(cast, status=status, next_try_at=later, attempts=5)
    assert b"Try it now" in desk.get(f"/desk/mail/{email.pk}/").content
    assert desk.post(f"/desk/mail/{email.pk}/retry/").status_code == 302
    assert send_due(now=timezone.now() + MINUTE) == 1
    email.refresh_from_db()
    assert email.status == "sent"
    assert AuditEvent.objects.filter(action="retry mail").count() == 1


@pytest.mark.parametrize("status", ["sent", "skipped", "claimed"])
def test_a_mail_that_is_sent_skipped_or_on_its_way_is_not_sent_again(
    cast: Cast, desk: Client, status: str
) -> None:
    extra = {"sent_at": NOW} if status == "sent" else {"lease_until": NOW}
    email = a_mail(cast, status=status, **extra)
    assert b"Try it now" not in desk.get(f"/desk/mail/{email.pk}/").content
    assert desk.post(f"/desk/mail/{email.pk}/retry/").status_code == 409
    email.refresh_from_db()
    assert email.status == status


@pytest.mark.parametrize("kind", ["sign_in_code", "access_link", "resume_link"])
def test_nobody_reads_or_repeats_a_secret_mail(cast: Cast, desk: Client, kind: str) -> None:
    email = a_mail(cast, status="failed")
    Email.objects.update(kind=kind)
    assert desk.get(f"/desk/mail/{email.pk}/").status_code == 404
    assert desk.post(f"/desk/mail/{email.pk}/retry/").status_code == 404
    assert f"/desk/mail/{email.pk}/" not in desk.get("/desk/mail/").content.decode()


# --- A new address --------------------------------------------------------------------------------


def contact_form(desk: Client, page: str, **changes: str) -> dict[str, str]:
    context = desk.get(page).context
    initial = {name: str(value) for name, value in context["form"].initial.items()}
    return {**initial, "seen": context["seen"], **changes}


def test_owed_mail_and_codes_go_to_the_new_address(cast: Cast, desk: Client) -> None:
    patient, page = cast.patient, f"/desk/patient/{cast.patient.pk}/contact/"
    patient.mail_bounced_at = NOW
    patient.save()
    visit = make_appointment(
        patient=patient, clinician=cast.clinician, starts_at=NOW + timedelta(days=30)
    )
    owe(
        kind="reminder_24h", about=f"appointment:{visit.pk}", patient=patient, due_at=NOW,
    )  # fmt: skip
    typed = contact_form(desk, page, email="New@example.test", has_asked="on")
    assert desk.post(page, typed).status_code == 302
    patient.refresh_from_db()
    assert patient.mail_bounced_at is None
    # What was owed, and a new link to the visit.
    assert send_due(now=NOW) == 2
    assert {one.to[0] for one in mail.outbox} == {"New@example.test"}
    assert user_for_code("patient@example.test") is None
    # A code alone attaches no row: she gives her date of birth again after it.
    assert patient.user is None
    assert user_for_code("new@example.test") is not None
    event = AuditEvent.objects.get(action="change contact")
    assert fields_of(event) == ["email"]


def test_an_e_mail_that_is_hers_for_sure_changes_only_after_asking_who_she_is(
    cast: Cast, desk: Client
) -> None:
    page = f"/desk/patient/{cast.patient.pk}/contact/"
    assert 'name="has_asked"' in desk.get(page).content.decode()
    refused = desk.post(page, contact_form(desk, page, email="new@example.test"))
    assert refused.status_code == 422
    assert "Ask for her name and date of birth, then tick this" in refused.content.decode()
    # Nobody has to ask for anything else, nor for another way to write the same address.
    same = contact_form(desk, page, phone="7815550171", email="Patient@Example.test")
    assert desk.post(page, same).status_code == 302
    said = contact_form(desk, page, email="new@example.test", has_asked="on")
    assert desk.post(page, said).status_code == 302
    events = AuditEvent.objects.filter(action="change contact").order_by("at")
    reasons = list(events.values_list("reason", flat=True))
    assert reasons == ["", "asked for name and date of birth"]
    # What nobody has shown to be hers is mended at once.
    unproven = make_patient(email="typo@example.test")
    page = f"/desk/patient/{unproven.pk}/contact/"
    assert 'name="has_asked"' not in desk.get(page).content.decode()
    mended = contact_form(desk, page, email="right@example.test", anyway="on")
    assert desk.post(page, mended).status_code == 302


@pytest.mark.promises
def test_the_action_asks_too_when_the_mailbox_was_proven_meanwhile(cast: Cast) -> None:
    patient = make_patient(email="typo@example.test")
    seen = fingerprint(patient)
    prove(patient, NOW)
    wanted = Contact(patient.name, patient.phone, "x@example.test", patient.born_on, "")
    with pytest.raises(MustAskFirst):
        change_contact(
            patient_id=patient.pk, seen=seen, wanted=wanted, context=Context(SYSTEM, NOW)
        )


def test_a_colleagues_change_is_not_overwritten(cast: Cast, desk: Client) -> None:
    page = f"/desk/patient/{cast.patient.pk}/contact/"
    mine, theirs = (contact_form(desk, page, phone=f"781555017{n}") for n in (1, 2))
    assert desk.post(page, theirs).status_code == 302
    late = desk.post(page, mine)
    assert late.status_code == 409
    assert b"7815550171" in late.content
    cast.patient.refresh_from_db()
    assert cast.patient.phone == "+17815550172"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"email": "manager@example.test", "has_asked": "on"}, "already signs in"),
        ({"email": "nonsense"}, "name@example.com"),
        ({"phone": "12"}, "area code"),
        ({"name": ""}, "Enter a name"),
    ],
)
def test_contact_data_that_cannot_be_saved_is_refused_with_a_reason(
    cast: Cast, desk: Client, changes: dict[str, str], says: str
) -> None:
    page = f"/desk/patient/{cast.patient.pk}/contact/"
    answer = desk.post(page, contact_form(desk, page, **changes))
    assert answer.status_code == 422
    assert says in answer.content.decode()
    cast.patient.refresh_from_db()
    assert cast.patient.email == "patient@example.test"


def test_without_an_address_the_sign_in_ends(cast: Cast, desk: Client) -> None:
    signed_in = client_for(cast.patient.user)
    assert signed_in.get("/visits/").status_code == 200
    page = f"/desk/patient/{cast.patient.pk}/contact/"
    desk.post(page, contact_form(desk, page, email="", has_asked="on"))
    assert signed_in.get("/visits/").status_code == 302
    assert user_for_code("patient@example.test") is None
