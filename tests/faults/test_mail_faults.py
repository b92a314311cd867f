"""More faults of mail: broken connections, silent servers, killed senders, backlogs, bad rows."""

import math
import tracemalloc
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import OperationalError

from clinic.database.clock import database_now
from clinic.messages.delivery import sending
from clinic.messages.delivery.claiming import claim, recover
from clinic.messages.delivery.sending import PAUSED, send_due
from clinic.messages.outbox import KINDS, Kind, Lane, Message, owe
from clinic.models.messages import Email, Heartbeat
from clinic.models.people import Patient
from clinic.operations.periodic import run
from clinic.tasks import TASKS
from tests.celery_processes import CeleryProcess
from tests.factories import NOW, make_manager, make_patient
from tests.faults.smtp_sink import Sink
from tests.racing import race
from tests.rounds import rounds
from tests.waiting import wait_until

MINUTE = timedelta(minutes=1)
LEASE = 2 * MINUTE
BREAKER = 5  # failures in a row after which the sender pauses


@pytest.fixture(autouse=True)
def a_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make "test" a kind of mail that is always due."""
    monkeypatch.setitem(KINDS, "test", Kind("Test", a_message, lambda email, now: None))


def a_message(email: Email) -> Message:
    return Message("Hello", f"For {email.about}", f"<p>For {email.about}</p>")


def owed(number: int = 1, *, patient: Patient | None = None, **fields: Any) -> Email:
    """Owe a mail of kind "test", by default to a patient who gets no other."""
    patient = patient or make_patient(email=f"p{number}@example.test")
    defaults = {"kind": "test", "about": f"test:{number}", "due_at": NOW}
    return owe(patient=patient, **{**defaults, **fields})


def states() -> list[tuple[str, str]]:
    return list(Email.objects.order_by("created_at").values_list("status", "reason"))


# --- The server --------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.promises
def test_after_a_broken_connection_the_mail_goes_again_and_is_marked(
    by_smtp: Sink,
) -> None:
    owed()
    by_smtp.hangs_up.set()
    assert send_due(now=NOW) == 0
    row = Email.objects.get()
    assert (row.status, row.maybe_twice, row.reason) == ("due", True, "cut_off")
    by_smtp.hangs_up.clear()
    assert send_due(now=row.next_try_at) == 1
    assert len(by_smtp.messages) == 2
    assert len(set(by_smtp.ids())) == 1
    assert Email.objects.get().maybe_twice


@pytest.mark.django_db
def test_after_a_second_broken_connection_a_person_decides(by_smtp: Sink) -> None:
    owed()
    by_smtp.hangs_up.set()
    send_due(now=NOW)
    send_due(now=NOW + timedelta(hours=1))
    assert send_due(now=NOW + timedelta(days=1)) == 0
    assert states() == [("needs_human", "cut_off_twice")]
    assert len(by_smtp.messages) == 2


@pytest.mark.django_db
def test_a_temporary_refusal_is_tried_again_and_other_mail_goes(by_smtp: Sink) -> None:
    owed(1)
    owed(2)
    by_smtp.refusals["p1@example.test"] = b"451 greylisted, come back later"
    assert send_due(now=NOW) == 1
    assert states() == [("due", "smtp_451"), ("sent", "")]
    by_smtp.refusals.clear()
    assert send_due(now=NOW + 2 * MINUTE) == 1
    assert not Patient.objects.exclude(mail_bounced_at=None).exists()


@pytest.mark.django_db
def test_a_refused_address_stops_only_its_own_mail(by_smtp: Sink) -> None:
    owed(1)
    owed(2)
    by_smtp.refusals["p1@example.test"] = b"550 no such user"
    assert send_due(now=NOW) == 1
    assert states() == [("failed", "bounced"), ("sent", "")]
    assert Patient.objects.get(email="p1@example.test").mail_bounced_at == NOW
    assert Patient.objects.get(email="p2@example.test").mail_bounced_at is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("to_address", "to_text", "is_hers"),
    [
        (b"550 no such user", b"", True),
        (b"550 5.1.1 no such user", b"", True),
        (b"552 5.2.2 mailbox full", b"", True),
        (b"", b"550 5.1.1 no such user", True),  # some servers look only now
        (b"554 5.7.1 your server is on a list", b"", False),
        (b"", b"554 looks like advertising", False),
        (b"", b"554 5.7.1 refused by policy", False),
        (b"", b"552 5.3.4 message too big", False),
    ],
)
def test_a_refused_text_or_sender_is_not_the_fault_of_her_address(
    by_smtp: Sink, to_address: bytes, to_text: bytes, is_hers: bool
) -> None:
    owed()
    by_smtp.refusal, by_smtp.text_refusal = to_address, to_text
    assert send_due(now=NOW) == 0
    is_marked = Patient.objects.exclude(mail_bounced_at=None).exists()
    if is_hers:
        assert (states(), is_marked) == ([("failed", "bounced")], True)
    else:
        assert (states(), is_marked) == ([("needs_human", "text_refused")], False)
    # Whichever it was, it is not tried again by itself.
    by_smtp.refusal = by_smtp.text_refusal = b""
    assert send_due(now=NOW + timedelta(days=1)) == 0


@pytest.mark.django_db
def test_a_server_that_refuses_our_sign_in_bounces_nobody(by_smtp: Sink, settings: Any) -> None:
    # The sink offers no sign-in, like a server whose password was changed: not the patients' fault.
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "clinic", "old"
    owed()
    send_due(now=NOW)
    assert states() == [("due", "server_away")]
    assert not Patient.objects.exclude(mail_bounced_at=None).exists()


@pytest.mark.django_db
def test_a_server_that_does_not_answer_delays_only_that_mail(by_smtp: Sink, settings: Any) -> None:
    settings.EMAIL_TIMEOUT = 0.3
    owed(1)
    owed(2)
    by_smtp.deaf_to.add("p1@example.test")
    assert send_due(now=NOW) == 1
    row = Email.objects.get(about="test:1")
    # The text was not sent yet, so the mail cannot have arrived.
    assert (row.status, row.reason, row.maybe_twice) == ("due", "server_away", False)


@pytest.mark.django_db
@pytest.mark.promises
def test_after_five_failures_all_mail_waits_for_a_minute(settings: Any) -> None:
    settings.EMAIL_BACKEND = "clinic.messages.delivery.smtp.SmtpBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    for number in range(BREAKER + 3):
        owed(number)
    send_due(now=NOW)
    assert Email.objects.filter(attempts=1).count() == BREAKER
    assert Email.objects.filter(attempts=0, status="due", lease_until=None).count() == 3
    assert Heartbeat.objects.filter(job=PAUSED).exists()
    send_due(now=NOW + timedelta(seconds=30))
    assert Email.objects.filter(attempts=0).count() == 3

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert send_due(now=NOW + 2 * MINUTE) == BREAKER + 3


@pytest.mark.django_db
def test_the_waits_between_tries_grow_until_the_mail_is_useless(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def middle(low: float, high: float) -> float:
        asked.append((low, high))
        return 1.0

    monkeypatch.setattr(sending.random, "uniform", middle)
    settings.EMAIL_BACKEND = "clinic.messages.delivery.smtp.SmtpBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    email = owed(useless_after=NOW + timedelta(hours=6))
    now, waits = NOW, []
    while email.status == "due":
        send_due(now=now)
        email.refresh_from_db()
        waits.append((email.next_try_at - now) / MINUTE)
        now = email.next_try_at
    assert (email.status, email.reason) == ("failed", "too_late")
    # Without the last try, at which it is too late for the mail.
    assert waits[:-1] == [1, 5, 15, 60, 180, 180]
    # Each wait varies by a fifth, so that after an outage not all mail goes at once.
    assert set(asked) == {(0.8, 1.2)}


# --- The sender --------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_again_and_again_loses_no_mail(
    by_smtp: Sink, celery_process: Callable[..., CeleryProcess]
) -> None:
    user, kills = make_manager(), rounds(3, 20)
    for number in range(rounds(20, 300)):
        owe(kind="staff_look", about=f"test:{number}", user=user, due_at=database_now())
    for _ in range(kills):
        by_smtp.stalls_from = len(by_smtp.messages) + 4
        worker = celery_process("worker", EMAIL_URL=by_smtp.url)
        TASKS["send_due"].delay()
        wait_until(lambda: len(by_smtp.messages) >= by_smtp.stalls_from)
        worker.kill()
        Email.objects.filter(status="claimed").update(lease_until=database_now())
    by_smtp.stalls_from = math.inf
    send_due()

    assert set(Email.objects.values_list("status", flat=True)) == {"sent"}
    arrived = Counter(by_smtp.ids())
    assert set(arrived) == set(Email.objects.values_list("message_id", flat=True))
    repeated = {one for one, times in arrived.items() if times > 1}
    assert repeated == set(
        Email.objects.filter(maybe_twice=True).values_list("message_id", flat=True)
    )
    assert len(repeated) == kills


@pytest.mark.django_db
@pytest.mark.promises
def test_after_a_second_death_with_the_mail_handed_off_a_person_decides() -> None:
    owed(payload={"secret": 1})
    for _ in range(2):
        recover(NOW)
        claim(NOW)
        # The row as it is when the sender dies after handing the mail off, before marking it.
        Email.objects.update(handed_off_at=NOW, lease_until=NOW)
    recover(NOW)
    row = Email.objects.get()
    assert (row.status, row.reason, row.payload) == ("needs_human", "crashed_twice", None)
    assert send_due(now=NOW + LEASE) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.promises
def test_senders_at_the_same_time_send_each_mail_once(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    for number in range(60):
        owed(number)
    sent = race(4, lambda number: send_due(now=NOW))
    assert sum(sent) == 60
    assert max(Counter(message.body for message in mail.outbox).values()) == 1
    assert states() == [("sent", "")] * 60


@pytest.mark.django_db
@pytest.mark.promises
def test_a_sender_whose_lease_has_ended_does_not_send(monkeypatch: pytest.MonkeyPatch) -> None:
    owed()
    (mine,) = claim(NOW)
    # Its lease ran out, and another sender took the row.
    Email.objects.update(lease_until=NOW)
    recover(NOW)
    claim(NOW + MINUTE)
    assert sending._hand_off(mine, NOW) is None
    assert Email.objects.get().lease_until == NOW + MINUTE + LEASE
    assert Email.objects.get().handed_off_at is None


@pytest.mark.django_db
def test_a_run_ends_by_itself_and_releases_what_it_did_not_try(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(5):
        owed(number)
    monkeypatch.setattr(sending, "RUN_SECONDS", 0)
    assert send_due(now=NOW) == 0
    assert states() == [("due", "")] * 5


@pytest.mark.django_db
@pytest.mark.promises
def test_a_mail_that_cannot_be_rendered_fails_alone_with_a_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def poison(email: Email) -> Message:
        raise ValueError("her name and her answers")

    monkeypatch.setitem(KINDS, "poison", Kind("Test", poison, lambda email, now: None))
    owed(1, payload={"code": "1"}, kind="poison")
    owed(2, kind="never registered")
    owed(3)
    assert send_due(now=NOW) == 1
    assert states() == [("failed", "cannot_be_made"), ("skipped", "unknown_kind"), ("sent", "")]
    assert Email.objects.get(kind="poison").payload is None


@pytest.mark.django_db
@pytest.mark.promises
def test_a_locked_row_only_delays_its_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(email: Email, now: datetime) -> str | None:
        raise OperationalError("canceling statement due to lock timeout")

    monkeypatch.setitem(KINDS, "locked", Kind("Test", a_message, locked))
    owed(1, kind="locked")
    owed(2)
    assert send_due(now=NOW) == 1
    assert states() == [("due", "busy"), ("sent", "")]
    monkeypatch.setitem(KINDS, "locked", Kind("Test", a_message, lambda email, now: None))
    assert send_due(now=NOW + MINUTE) == 1


# --- A backlog ----------------------------------------------------------------------------------


def register_kind(monkeypatch: pytest.MonkeyPatch, kind: str, lane: Lane) -> None:
    """Register a kind of mail in this lane that is always due."""
    monkeypatch.setitem(KINDS, kind, Kind("Test", a_message, lambda email, now: None, lane))


@pytest.mark.django_db
@pytest.mark.promises
def test_after_an_outage_reminders_go_at_sixty_a_minute_those_soon_useless_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    register_kind(monkeypatch, "test reminder", Lane.REMINDER)
    back = NOW + timedelta(hours=26)
    for number in range(70):
        ends = NOW + timedelta(hours=20 if number < 5 else 100 - number)
        owed(number, kind="test reminder", useless_after=ends)
    assert send_due(now=back) == 60
    assert Email.objects.filter(status="skipped", reason="too_late").count() == 5
    assert send_due(now=back + timedelta(seconds=30)) == 0
    waiting = set(Email.objects.filter(status="due").values_list("about", flat=True))
    assert waiting == {f"test:{number}" for number in range(5, 10)}
    assert send_due(now=back + MINUTE) == 5


@pytest.mark.django_db
@pytest.mark.promises
def test_one_patient_gets_one_late_reminder_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    register_kind(monkeypatch, "test reminder", Lane.REMINDER)
    patient, back = make_patient(), NOW + timedelta(hours=2)
    for number in range(3):
        owed(
            number,
            patient=patient,
            kind="test reminder",
            useless_after=back + timedelta(days=1 + number),
        )
    assert [send_due(now=back + late * MINUTE) for late in range(4)] == [1, 1, 1, 0]


@pytest.mark.django_db
@pytest.mark.promises
def test_late_reminders_delay_no_other_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    register_kind(monkeypatch, "test reminder", Lane.REMINDER)
    register_kind(monkeypatch, "test urgent", Lane.URGENT)
    back = NOW + timedelta(hours=2)
    for number in range(5):
        owed(number, kind="test reminder", useless_after=back + timedelta(days=1))
    owed(10, due_at=back)
    owed(11, due_at=back, kind="test urgent")
    send_due(now=back)
    assert [message.body for message in mail.outbox][:2] == ["For test:11", "For test:10"]
    assert len(mail.outbox) == 7


@pytest.mark.django_db
@pytest.mark.promises
def test_codes_go_at_sixty_a_minute_and_urgent_mail_to_staff_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    register_kind(monkeypatch, "test code", Lane.ASKED)
    register_kind(monkeypatch, "test urgent", Lane.URGENT)
    for number in range(65):
        owed(number, kind="test code")
    for number in range(100, 165):
        owed(number, kind="test urgent")
    send_due(now=NOW)
    kinds = Counter(Email.objects.filter(status="sent").values_list("kind", flat=True))
    assert kinds == {"test code": 60, "test urgent": 65}
    assert send_due(now=NOW + MINUTE) == 5


@pytest.mark.django_db
def test_ten_thousand_waiting_mails_cost_no_more_memory_or_queries_a_mail(
    monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr(sending.Post, "send", lambda self, message: None)
    person = make_manager()
    Email.objects.bulk_create(
        Email(kind="test", about=f"b:{n}", user=person, due_at=NOW, next_try_at=NOW)
        for n in range(10_000)
    )
    peaks = []
    for seconds in (1, 2):
        monkeypatch.setattr(sending, "RUN_SECONDS", seconds)
        tracemalloc.start()
        assert send_due(now=NOW) >= 5 * seconds
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # Twice as many mails in one run: not one of them stays in memory. All would take megabytes.
    assert peaks[1] < peaks[0] + 1_000_000
    few = list(Email.objects.filter(status="due").values_list("pk", flat=True)[:100])
    Email.objects.filter(status="due").exclude(pk__in=few).update(status="skipped")
    monkeypatch.setattr(sending, "RUN_SECONDS", 50)
    with django_assert_max_num_queries(800):
        assert send_due(now=NOW) == 100
    assert not Email.objects.filter(status="due").exists()


@pytest.mark.django_db
def test_a_run_with_nothing_due_notes_its_heartbeat() -> None:
    assert run("send_due", now=NOW) == 0
    assert Heartbeat.objects.get(job="send_due").at == NOW
