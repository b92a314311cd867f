"""Mail and faults: a killed sender, a server that is away or refuses, visits that change."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from booking.appointments.bookings import confirm_hold
from booking.appointments.changes import cancel_appointment, move_appointment
from booking.appointments.holds import hold_slot
from booking.models import Appointment, Service
from booking.scheduling.queries import Search, free_slots_for
from booking.terms import current_policy
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.database.clock import database_now
from clinic.messages.delivery.sending import claim, send_due
from clinic.messages.outbox import owe
from clinic.models.messages import Email
from clinic.tasks import TASKS
from tests.cast import Cast, make_cast
from tests.celery_processes import CeleryProcess
from tests.factories import NOW, make_referral
from tests.faults.smtp_sink import Sink
from tests.waiting import wait_until

HEALTH_WORDS = (
    "pelvic", "leak", "heaviness", "birth", "baby", "postpartum", "evaluation", "symptom",
    "bladder", "vagina", "prolapse", "run ready", "urgent", "flag",
)  # fmt: skip


def book(cast: Cast, days: int = 7) -> Appointment:
    """Book an evaluation for the patient, at the first free time that many days from NOW."""
    make_referral(patient=cast.patient)
    held = hold_slot(
        patient=cast.patient, service_code="evaluation", starts_at=free(days), clinician_id=None,
        holder_key="key", context=Context(SYSTEM, NOW),
    )  # fmt: skip
    return confirm_hold(
        appointment_id=held.pk, holder_key="key", exam_wish="", context=Context(SYSTEM, NOW)
    )


def free(days: int) -> Any:
    """Return the start of the first free evaluation that many days from NOW."""
    search = Search(
        service=Service.objects.get(code="evaluation"), policy=current_policy(), now=NOW
    )
    first = (NOW + timedelta(days=days)).date()
    return free_slots_for(search, first_day=first, days=7)[0].starts_at


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_while_it_sends_loses_no_mail(
    sink: Sink, celery_process: Callable[..., CeleryProcess]
) -> None:
    user = make_cast().manager
    email = owe(kind="staff_look", about="test", user=user, due_at=database_now())
    sink.stalls.set()
    worker = celery_process("worker", EMAIL_URL=sink.url)
    TASKS["send_due"].delay()
    wait_until(lambda: sink.messages)
    worker.kill()
    email.refresh_from_db()
    assert email.status == "claimed"

    sink.stalls.clear()
    Email.objects.update(lease_until=database_now() - timedelta(seconds=1))
    celery_process("worker", EMAIL_URL=sink.url)
    TASKS["send_due"].delay()
    wait_until(lambda: Email.objects.get().status == "sent")
    email.refresh_from_db()
    assert email.maybe_twice
    assert len(sink.messages) == 2
    assert len(set(sink.ids())) == 1


@pytest.mark.django_db(transaction=True)
def test_two_clocks_and_three_workers_send_each_mail_once(
    sink: Sink, celery_process: Callable[..., CeleryProcess]
) -> None:
    user = make_cast().manager
    for number in range(60):
        owe(kind="staff_look", about=f"test:{number}", user=user, due_at=database_now())
    for _ in range(3):
        celery_process("worker", EMAIL_URL=sink.url)
    for _ in range(2):
        celery_process("beat", EMAIL_URL=sink.url)
    wait_until(lambda: not Email.objects.exclude(status="sent").exists())
    assert len(sink.messages) == len(set(sink.ids())) == 60


@pytest.mark.django_db
@pytest.mark.promises
def test_mail_that_was_claimed_but_not_handed_off_is_sent_once_after_the_lease() -> None:
    owe(kind="staff_look", about="test", user=make_cast().manager, due_at=NOW)
    assert len(claim(NOW)) == 1
    assert claim(NOW) == []
    assert send_due(now=NOW + timedelta(minutes=1)) == 0
    assert send_due(now=NOW + timedelta(minutes=3)) == 1
    assert not Email.objects.get().maybe_twice


@pytest.mark.django_db
@pytest.mark.promises
def test_a_server_that_is_away_is_tried_again_and_nothing_is_lost(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    owe(kind="staff_look", about="test", user=make_cast().manager, due_at=NOW)
    assert send_due(now=NOW) == 0
    row = Email.objects.get()
    assert row.status == "due"
    assert timedelta(seconds=40) < row.next_try_at - NOW < timedelta(seconds=80)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert send_due(now=row.next_try_at) == 1


@pytest.mark.django_db
def test_a_refused_address_is_not_tried_again_and_shown(by_smtp: Sink) -> None:
    cast = make_cast()
    book(cast)
    by_smtp.refusal = b"550 no such user"
    send_due(now=NOW)
    cast.patient.refresh_from_db()
    assert Email.objects.get(kind="confirmation").reason == "bounced"
    assert cast.patient.mail_bounced_at == NOW


@pytest.mark.django_db
@pytest.mark.promises
def test_a_cancelled_or_moved_visit_is_never_reminded_for_the_old_time() -> None:
    cast = make_cast()
    visit = book(cast)
    old = visit.starts_at
    moved = move_appointment(
        appointment_id=visit.pk,
        rev=0,
        starts_at=free(14),
        clinician_id=None,
        context=Context(SYSTEM, NOW),
    )
    send_due(now=old)
    assert {message.subject for message in mail.outbox if "see you" in message.subject} == set()
    cancel_appointment(appointment_id=visit.pk, rev=1, context=Context(SYSTEM, old))
    before = len(mail.outbox)
    send_due(now=moved.starts_at - timedelta(hours=1))
    kinds = [row.kind for row in Email.objects.filter(status="sent").order_by("sent_at")]
    assert "reminder_24h" not in kinds
    assert len(mail.outbox) == before + 1


@pytest.mark.django_db
def test_one_reminder_for_each_lead_however_often_the_sender_runs() -> None:
    visit = book(make_cast())
    for hours in range(60, 0, -1):
        send_due(now=visit.starts_at - timedelta(hours=hours))
    subjects = [message.subject for message in mail.outbox]
    assert len([one for one in subjects if "see you" in one]) == 2


@pytest.mark.django_db
def test_no_mail_holds_a_health_word_and_names_cannot_add_headers(settings: Any) -> None:
    cast = make_cast()
    cast.patient.name = "Pat\r\nBcc: evil@example.test"
    cast.patient.save()
    visit = book(cast)
    send_due(now=NOW)
    send_due(now=visit.starts_at - timedelta(hours=24))
    owe(kind="staff_look", about="x", user=cast.manager, due_at=NOW)
    owe(kind="sign_in_code", about="y", user=cast.manager, due_at=NOW, payload={"code": "123456"})
    cancel_appointment(appointment_id=visit.pk, rev=0, context=Context(SYSTEM, NOW))
    send_due(now=NOW + timedelta(minutes=4))
    assert len(mail.outbox) >= 5
    for message in mail.outbox:
        text = message.message().as_string().lower()
        plain = " ".join(
            [message.subject, message.body, *[str(x[0]) for x in message.alternatives]]
        )
        assert [word for word in HEALTH_WORDS if word in plain.lower()] == []
        assert len(message.recipients()) == 1
        assert "bcc:" not in text


@pytest.mark.django_db
def test_the_calendar_file_has_one_uid_and_counts_its_changes() -> None:
    visit = book(make_cast())
    send_due(now=NOW)
    move_appointment(
        appointment_id=visit.pk,
        rev=0,
        starts_at=free(14),
        clinician_id=None,
        context=Context(SYSTEM, NOW),
    )
    send_due(now=NOW + timedelta(minutes=4))
    files = [bytes(one.attachments[0][1], "utf-8") if isinstance(one.attachments[0][1], str)
             else one.attachments[0][1] for one in mail.outbox if one.attachments]  # fmt: skip
    uids = {line for file in files for line in file.splitlines() if line.startswith(b"UID:")}
    numbers = [line for file in files for line in file.splitlines() if line.startswith(b"SEQUENCE")]
    assert len(uids) == 1
    assert numbers == [b"SEQUENCE:0", b"SEQUENCE:1"]
