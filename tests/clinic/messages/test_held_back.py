"""After hours without a sender mail waits for a person's word; urgent mail and codes do not."""

from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.database.clock import database_now
from clinic.messages.delivery import held_back
from clinic.messages.outbox import KINDS, Kind, Lane, Message, owe
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email, Heartbeat
from clinic.operations.periodic import run
from tests.cast import client_for
from tests.factories import NOW, make_clinician, make_manager, make_patient

pytestmark = [pytest.mark.django_db, pytest.mark.promises]
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LANES = {"reminder": Lane.REMINDER, "news": Lane.NEWS, "urgent": Lane.URGENT, "code": Lane.ASKED}


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a kind of mail for each lane, always due; a code is secret."""
    for name, lane in LANES.items():
        kind = Kind(name, _message, lambda email, now: None, lane, is_secret=name == "code")
        monkeypatch.setitem(KINDS, name, kind)


def _message(email: Email) -> Message:
    return Message(email.kind, email.kind, email.kind)


def owed(kind: str, at: datetime, number: int = 1, **fields: Any) -> Email:
    patient = make_patient(email=f"{kind}{number}@example.test")
    email = owe(kind=kind, about=f"test:{number}", patient=patient, due_at=at, **fields)
    Email.objects.filter(pk=email.pk).update(created_at=at)
    return email


def sender_ran(at: datetime) -> None:
    Heartbeat.objects.update_or_create(job="send_due", defaults={"at": at})


def sent() -> list[str]:
    return [one.subject for one in mail.outbox]


def test_after_a_long_silence_only_urgent_mail_goes_until_somebody_says_so() -> None:
    sender_ran(NOW - 3 * HOUR)
    for kind in LANES:
        owed(kind, NOW - HOUR)
    assert run("send_due", now=NOW) == 1
    assert sent() == ["urgent"]
    # Not only the first run: what falls due later waits as well, and who asks for a code gets it.
    owed("reminder", NOW + MINUTE, 2)
    owed("code", NOW + MINUTE, 2)
    assert run("send_due", now=NOW + 2 * MINUTE) == 1
    assert sent() == ["urgent", "code"]
    found = held_back.held_back()
    assert found is not None
    assert (found.since, found.mails) == (NOW, 4)
    assert held_back.let_go(context=Context(SYSTEM, NOW + 5 * MINUTE)) == 4
    assert held_back.let_go(context=Context(SYSTEM, NOW + 5 * MINUTE)) == 0
    assert run("send_due", now=NOW + 6 * MINUTE) == 4
    assert held_back.held_back() is None
    assert AuditEvent.objects.filter(action="send held back mail").count() == 1


@pytest.mark.parametrize(
    ("silent", "goes"),
    [(2 * HOUR, True), (2 * HOUR + timedelta(seconds=1), False), (timedelta(days=9), False)],
)
def test_two_hours_are_the_limit(silent: timedelta, goes: bool) -> None:
    sender_ran(NOW - silent)
    owed("news", NOW - HOUR)
    assert run("send_due", now=NOW) == int(goes)


def test_a_first_start_and_a_trial_whose_mail_reaches_nobody_hold_nothing_back(
    settings: Any,
) -> None:
    owed("news", NOW - HOUR)
    assert run("send_due", now=NOW) == 1
    settings.EMAIL_BACKEND = "clinic.messages.delivery.folder.FolderBackend"
    owed("news", NOW, 2)
    assert run("send_due", now=NOW + timedelta(days=1)) == 1
    assert held_back.held_back() is None


def test_what_a_dead_sender_had_claimed_is_held_back_too() -> None:
    sender_ran(NOW - 3 * HOUR)
    email = owed("news", NOW - 3 * HOUR)
    Email.objects.update(status="claimed", lease_until=NOW - 2 * HOUR)
    assert run("send_due", now=NOW) == 0
    email.refresh_from_db()
    assert (email.status, email.reason) == ("needs_human", "held_back")


def test_what_is_too_late_when_somebody_says_so_does_not_go() -> None:
    sender_ran(NOW - 3 * HOUR)
    owed("reminder", NOW - HOUR, useless_after=NOW + HOUR)
    assert run("send_due", now=NOW) == 0
    held_back.let_go(context=Context(SYSTEM, NOW + 2 * HOUR))
    assert run("send_due", now=NOW + 2 * HOUR) == 0
    assert Email.objects.get().reason == "too_late"


def test_the_command_says_so_and_lets_it_go() -> None:
    def said(**options: Any) -> str:
        out = StringIO()
        call_command("after_pause", stdout=out, **options)
        return out.getvalue()

    assert said() == "No mail is held back.\n"
    sender_ran(NOW - 3 * HOUR)
    owed("news", NOW - HOUR)
    run("send_due", now=NOW)
    assert "Mail is held back (1 waiting)" in said()
    assert "manage.py after_restore" in said()
    assert said(go_on=True) == "1 mails go with the next run.\n"
    assert said() == "No mail is held back.\n"


def test_the_health_page_of_mail_says_so_although_nothing_is_late(client: Client) -> None:
    now = database_now()
    sender_ran(now)
    assert client.get("/health/mail").content == b"mail: in time\n"
    sender_ran(now - 3 * HOUR)
    owed("news", now - HOUR)
    run("send_due", now=now)
    answer = client.get("/health/mail")
    assert (answer.status_code, answer.content) == (503, b"mail: held back\n")
    assert client.get("/health/ready").status_code == 200
    held_back.let_go(context=Context(SYSTEM, now))
    run("send_due", now=now)
    assert client.get("/health/mail").status_code == 200


def test_the_desk_sees_why_and_a_manager_sends_what_waits() -> None:
    manager, page = client_for(make_manager()), reverse("desk_mails")
    assert "Mail is held back" not in manager.get(page).content.decode()
    sender_ran(NOW - 3 * HOUR)
    owed("news", NOW - HOUR)
    owed("code", NOW - HOUR)
    run("send_due", now=NOW)
    shown = manager.get(page).content.decode()
    assert "2 mails wait for you." in shown
    assert "Send what waits" in shown
    # What only its reader may see has no page.
    secret = Email.objects.get(kind="code")
    assert reverse("desk_mail", args=[secret.pk]) not in shown
    go_on = reverse("desk_let_mail_go")
    clinician = client_for(make_clinician().user)
    assert clinician.post(go_on).status_code == 403
    assert Email.objects.filter(status="due").count() == 0
    assert manager.post(go_on).status_code == 302
    assert Email.objects.filter(status="due").count() == 2


def test_what_a_restore_left_is_listed_with_its_reason_and_may_stay_unsent() -> None:
    manager, page = client_for(make_manager()), reverse("desk_mails")
    for number in range(3):
        owed("news", NOW - HOUR, number)
    owed("code", NOW - HOUR)
    owed("reminder", NOW - HOUR, useless_after=NOW - MINUTE)
    owed("news", NOW + HOUR, 9)
    assert held_back.leave_to_a_person(NOW) == (3, 2)
    shown = manager.get(page).content.decode()
    assert "3 mails were due before that" in shown
    assert shown.count("due before a backup was restored: it may have gone already") >= 3
    assert manager.post(reverse("desk_leave_mail_unsent")).status_code == 302
    assert "A backup was restored" not in manager.get(page).content.decode()
    assert Email.objects.filter(status="skipped", reason="left_unsent").count() == 3
    assert Email.objects.filter(status="due").count() == 1
