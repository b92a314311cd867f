"""Which status of a mail may follow which, by every action and by a plain save."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage

from booking.reminders.new_terms import remind_by
from booking.terms import current_policy, terms_of
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.database.transitions import ForbiddenTransition
from clinic.messages import outbox
from clinic.messages.delivery.claiming import claim, close, give_back, recover
from clinic.messages.delivery.posting import CutOff, Post
from clinic.messages.delivery.posting import MailRefused as RefusedByServer
from clinic.messages.delivery.sending import send_due
from clinic.messages.outbox import Kind, Message, withdraw
from clinic.messages.upkeep import retry_now
from clinic.models.messages import Email
from tests.cast import make_cast
from tests.factories import NOW, make_appointment, make_manager

pytestmark = [pytest.mark.django_db, pytest.mark.promises]

LEASE_OVER = NOW + timedelta(minutes=5)
STATUSES = ("due", "claimed", "sent", "skipped", "failed", "needs_human")

# A claimed mail is sent, skipped, failed, left to a person or due again. Staff may retry one that
# failed or is stuck, and a reminder withdrawn by new terms can be owed again. After hours of
# silence or a restore what is due is left to a person, who may leave it unsent. A mail that was
# handed off is sent in any case.
ALLOWED = {
    ("due", "claimed"), ("due", "skipped"), ("due", "sent"), ("due", "needs_human"),
    ("claimed", "due"), ("claimed", "sent"), ("claimed", "skipped"), ("claimed", "failed"),
    ("claimed", "needs_human"),
    ("skipped", "due"), ("skipped", "sent"),
    ("failed", "due"), ("failed", "sent"),
    ("needs_human", "due"), ("needs_human", "sent"), ("needs_human", "skipped"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def a_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make "test" a kind of mail that is always due."""
    message = Message("Hello", "Hello", "<p>Hello</p>")
    kind = Kind("Test", lambda email: message, lambda email, now: None)
    monkeypatch.setitem(outbox.KINDS, "test", kind)


def make(status: str, **fields: Any) -> Email:
    """Create a mail in this status, with the fields that any status needs."""
    return Email.objects.create(
        user=make_manager(),
        **{
            "about": "test:1",
            "kind": "test",
            "due_at": NOW,
            "next_try_at": NOW,
            "sent_at": NOW,
            "lease_until": NOW + timedelta(minutes=2),
            "status": status,
            **fields,
        },
    )


# The status after each action, by the status before. From a status that is not named the action
# changes nothing.
ACTIONS: dict[str, tuple[Callable[[Email], object], dict[str, str]]] = {
    "claim": (lambda email: claim(NOW), {"due": "claimed"}),
    "give back": (lambda email: give_back([email]), {"claimed": "due"}),
    "recover": (lambda email: recover(LEASE_OVER), {"claimed": "due"}),
    "withdraw": (lambda email: withdraw(about="test:1", reason="gone"), {"due": "skipped"}),
    "retry": (
        lambda email: retry_now(email_id=email.pk, context=Context(SYSTEM, NOW)),
        {"failed": "due", "needs_human": "due"},
    ),
    "send": (lambda email: send_due(now=NOW), {"due": "sent"}),
}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("before", STATUSES)
def test_an_action_leads_where_the_table_says_or_changes_nothing(before: str, action: str) -> None:
    email = make(before)
    run, leads = ACTIONS[action]
    run(email)
    email.refresh_from_db()
    assert email.status == leads.get(before, before)


@pytest.mark.parametrize("after", STATUSES)
@pytest.mark.parametrize("before", STATUSES)
def test_a_save_refuses_a_change_that_no_action_makes(before: str, after: str) -> None:
    email = Email.objects.get(pk=make(before).pk)
    email.status = after
    is_allowed = before == after or (before, after) in ALLOWED
    if is_allowed:
        email.save()
    else:
        with pytest.raises(ForbiddenTransition):
            email.save()
    email.refresh_from_db()
    assert (email.status == after) == is_allowed


def test_the_answer_of_the_server_decides_the_status_of_a_claimed_mail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def answer(error: Exception, **fields: Any) -> str:
        Email.objects.all().delete()
        monkeypatch.setattr(Post, "send", lambda post, mail: (_ for _ in ()).throw(error))
        Email.objects.create(
            user=manager, about="test:1", kind="test", due_at=NOW, next_try_at=NOW, **fields
        )
        send_due(now=NOW)
        return Email.objects.get().status

    manager = make_manager()
    assert answer(RefusedByServer(550)) == "failed"
    assert answer(RefusedByServer(450)) == "due"
    assert answer(CutOff(), maybe_twice=True) == "needs_human"
    assert answer(CutOff(), useless_after=NOW) == "skipped"


def test_a_second_dead_sender_leaves_it_to_a_person() -> None:
    email = make("claimed", handed_off_at=NOW, maybe_twice=True)
    recover(LEASE_OVER)
    email.refresh_from_db()
    assert email.status == "needs_human"


@pytest.mark.parametrize("meanwhile", [one for one in STATUSES if one != "claimed"])
def test_a_mail_that_was_handed_off_is_sent_whatever_happened_to_its_row(
    monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    def send(post: Post, mail: EmailMessage) -> None:
        Email.objects.update(status=meanwhile, sent_at=NOW)

    email = make("due")
    monkeypatch.setattr(Post, "send", send)
    assert send_due(now=NOW) == 1
    email.refresh_from_db()
    assert email.status == "sent"


def test_a_reminder_withdrawn_by_new_terms_can_be_owed_again() -> None:
    cast = make_cast()
    visit = make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=NOW + timedelta(days=7)
    )
    taken_back = Email.objects.create(
        patient=cast.patient, about=f"appointment:{visit.pk}", kind="reminder_48h", due_at=NOW,
        next_try_at=NOW, status="skipped", reason="new_terms",
    )  # fmt: skip
    remind_by(terms_of(current_policy()), now=NOW)
    taken_back.refresh_from_db()
    assert taken_back.status == "due"


def test_a_sender_cannot_end_its_claim_with_a_forbidden_status() -> None:
    email = make("claimed")
    with pytest.raises(ForbiddenTransition):
        close(email, status="released")
