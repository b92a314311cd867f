"""A patient who signed in changes her e-mail, and both mailboxes say yes."""

import logging
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.messages.delivery.posting import MailRefused, Post
from clinic.messages.delivery.sending import send_due
from clinic.models.audit import AuditEvent
from clinic.models.links import AccessLink
from clinic.models.messages import Email
from clinic.models.people import Patient
from clinic.people.contact import Contact, change_contact, fingerprint
from clinic.retention.erasing import erase_patient
from clinic.sign_in.codes import user_for_code
from intake.duplicates.merge import merge_patients
from intake.models import EmailChange, Task
from intake.own_email.actions import forget_changes
from tests.cast import Cast, client_for, make_cast
from tests.clinic.sign_in.coding import sign_in_by_code
from tests.clinic.sign_in.test_mailed_codes import shape
from tests.factories import NOW, make_appointment, make_patient
from tests.intake.own_email.changing import (
    BORN,
    NEW,
    OLD,
    PAGE,
    email_of,
    links_mailed_to,
    open_link,
    press,
    signed_in,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Iterator[Any]:
    cache.clear()
    settings.LIMITS = dict.fromkeys(settings.LIMITS, (1000, 600))
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    Patient.objects.update(proven_at=NOW)
    return cast


def asked(cast: Cast, email: str = NEW) -> Client:
    client = signed_in(cast)
    assert client.post(PAGE, {"email": email}).status_code == 302
    return client


def audit(action: str) -> int:
    return AuditEvent.objects.filter(action=action).count()


# --- The way through ------------------------------------------------------------------------------


@pytest.mark.promises
@pytest.mark.parametrize("first", ["old", "new"])
def test_the_address_changes_once_both_mailboxes_have_said_yes(cast: Cast, first: str) -> None:
    visit = make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=NOW + timedelta(days=3)
    )
    client = asked(cast)
    [yes_old, _not_me], [yes_new] = links_mailed_to(OLD), links_mailed_to(NEW)
    one, other = (yes_old, yes_new) if first == "old" else (yes_new, yes_old)
    assert "One mailbox has said yes" in press(one)
    assert (email_of(cast), audit("change own e-mail")) == (OLD, 0)
    assert "The e-mail is changed" in press(other)
    patient = Patient.objects.get(pk=cast.patient.pk)
    assert (patient.email, patient.user, patient.proven_at) == (NEW, None, NOW)
    assert audit("change own e-mail") == 1
    # Her sign-in is over, her visit's new link goes to the new mailbox, and she signs in there.
    assert client.get("/visits/").status_code == 302
    [owed] = Email.objects.filter(kind="new_link", about=f"appointment:{visit.pk}")
    assert owed.patient == patient
    hers = sign_in_by_code(NEW)
    hers.post("/visits/yours/", BORN)
    assert "Your visits" in hers.get("/visits/").content.decode()
    assert Patient.objects.get(user=user_for_code(NEW)) == patient


@pytest.mark.promises
def test_one_mailbox_never_says_yes_for_the_other(cast: Cast) -> None:
    asked(cast)
    yes_old, _not_me = links_mailed_to(OLD)
    [yes_new] = links_mailed_to(NEW)
    client, page_old = open_link(yes_old)
    _reader, page_new = open_link(yes_new)
    # Whoever reads the old mailbox alone, with every address known.
    for page in (page_new, page_new.replace("/new/", "/stop/")):
        assert client.get(page).status_code == 404
        assert client.post(page).status_code == 404
    for _ in range(2):
        client.post(page_old)
    change = EmailChange.objects.get()
    assert change.old_confirmed_at is not None
    assert (change.new_confirmed_at, email_of(cast)) == (None, OLD)
    assert audit("confirm change of e-mail") == 1


@pytest.mark.promises
def test_opening_and_going_on_change_nothing(cast: Cast) -> None:
    asked(cast)
    for link in (*links_mailed_to(OLD), *links_mailed_to(NEW)):
        client, page = open_link(link)
        assert f'href="{page}?sure=1"' in client.get(page).content.decode()
        assert "<form" in client.get(f"{page}?sure=1").content.decode()
    change = EmailChange.objects.get()
    assert (change.old_confirmed_at, change.new_confirmed_at, change.ended_at) == (None, None, None)


def test_she_sees_which_side_is_missing(cast: Cast) -> None:
    client = asked(cast)
    page = client.get(PAGE).content.decode()
    assert page.count("Not yet") == 2
    assert OLD in page
    assert NEW in page
    press(links_mailed_to(NEW)[0])
    page = client.get(PAGE).content.decode()
    assert (page.count("Not yet"), page.count("Said yes")) == (1, 1)
    assert page.index("Not yet") < page.index("Said yes")


def test_the_page_asks_for_the_date_of_birth_first(cast: Cast) -> None:
    client = client_for(cast.patient.user)
    assert "Is it you?" in client.get(PAGE).content.decode()
    client.post(PAGE, {"email": NEW})
    assert not EmailChange.objects.exists()
    client.post(PAGE, BORN)
    assert "Send the two mails" in client.get(PAGE).content.decode()
    assert f'href="{PAGE}"' in client.get("/visits/").content.decode()


# --- Sending again, taking back, asking twice -----------------------------------------------------


@pytest.mark.promises
def test_asked_twice_it_is_one_change_and_one_pair_of_mails(cast: Cast) -> None:
    client = asked(cast)
    client.post(PAGE, {"email": NEW.upper()})
    said = client.post(PAGE, {"email": "third@example.test"}, follow=True).content.decode()
    assert "Take that back first" in said
    send_due(now=NOW)
    assert sorted(one.to[0] for one in mail.outbox) == [NEW, OLD]
    assert EmailChange.objects.get().new_email == NEW


def test_what_is_missing_is_sent_again_and_nothing_else(cast: Cast) -> None:
    client = asked(cast)
    press(links_mailed_to(NEW)[0])
    sent = len(mail.outbox)
    client.post(PAGE, {"act": "again"})
    # Pressed twice before the sender ran, it is one mail.
    client.post(PAGE, {"act": "again"})
    [yes_old, _not_me] = links_mailed_to(OLD, since=sent)
    assert [one.to for one in mail.outbox[sent:]] == [[OLD]]
    assert "The e-mail is changed" in press(yes_old)


@pytest.mark.promises
def test_taken_back_the_links_end_and_another_can_be_asked_for(cast: Cast) -> None:
    client = asked(cast)
    links = [*links_mailed_to(OLD), *links_mailed_to(NEW)]
    browsers = [open_link(one) for one in links]
    assert "Taken back" in client.post(PAGE, {"act": "back"}, follow=True).content.decode()
    for browser, page in browsers:
        assert "was taken back" in browser.post(page, follow=True).content.decode()
    assert [Client().get(one).status_code for one in links] == [404] * 3
    client.post(PAGE, {"email": "third@example.test"})
    assert EmailChange.objects.open().get().new_email == "third@example.test"
    assert email_of(cast) == OLD


# --- "This was not me" ----------------------------------------------------------------------------


@pytest.mark.promises
def test_this_was_not_me_ends_it_signs_out_and_tells_the_desk(cast: Cast) -> None:
    client = asked(cast)
    _yes_old, not_me = links_mailed_to(OLD)
    [yes_new] = links_mailed_to(NEW)
    assert "whoever was signed in is signed out" in press(not_me)
    assert EmailChange.objects.get().ended_why == "not_me"
    assert client.get("/visits/").status_code == 302
    task = Task.objects.open().get(kind="fix_contact", patient=cast.patient)
    assert "did not ask to change her e-mail" in task.question
    assert NEW not in task.question
    assert Client().get(yes_new).status_code == 404
    assert email_of(cast) == OLD


# --- No tell-tale ---------------------------------------------------------------------------------


def test_asking_runs_the_same_statements_whoever_has_the_address(cast: Cast) -> None:
    seen = {}
    for email in (NEW, "other@example.test", "manager@example.test", "gone@example.test"):
        client = signed_in(cast)
        # What is loaded once in a process is loaded before.
        client.get(PAGE)
        with CaptureQueriesContext(connection) as found:
            answer = client.post(PAGE, {"email": email}, follow=True)
        text = re.sub(r"[A-Za-z0-9]{64}|\S+@example.test", "", answer.content.decode())
        seen[email] = ([shape(one["sql"]) for one in found.captured_queries], text)
        EmailChange.objects.all().delete()
    assert len(set(map(repr, seen.values()))) == 1


@pytest.mark.promises
@pytest.mark.parametrize("email", ["other@example.test", "manager@example.test"])
def test_the_last_press_refuses_what_signs_in_somebody_else_and_the_desk_hears(
    cast: Cast, email: str
) -> None:
    client = asked(cast, email)
    press(links_mailed_to(OLD)[0])
    said = press(links_mailed_to(email)[0])
    assert "We could not change it here" in said
    assert "somebody else" not in said.lower()
    assert "somebody else" not in client.get(PAGE).content.decode().lower()
    assert (email_of(cast), EmailChange.objects.get().ended_why) == (OLD, "refused")
    assert audit("change own e-mail") == 0
    task = Task.objects.open().get(kind="fix_contact", patient=cast.patient)
    assert email not in task.question


def test_the_new_address_stands_in_no_link_log_trail_or_column(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    asked(cast)
    links = [*links_mailed_to(OLD), *links_mailed_to(NEW)]
    pages = [open_link(one)[1] for one in links]
    old_mail = next(one for one in mail.outbox if one.to == [OLD])
    new_mail = next(one for one in mail.outbox if one.to == [NEW])
    assert NEW not in old_mail.body
    assert OLD not in new_mail.body
    press(links[0])
    assert NEW not in " ".join([*links, *pages])
    ours = [one.getMessage() for one in caplog.records if one.name.startswith("run_ready")]
    assert NEW not in " ".join(ours)
    for model in (AccessLink, AuditEvent, Email, Task):
        assert NEW not in repr(list(model.objects.values()))
    with connection.cursor() as cursor:
        cursor.execute("SELECT new_email FROM intake_emailchange")
        assert NEW not in cursor.fetchone()[0]


def test_the_pages_of_the_old_mailbox_show_the_new_address_masked(cast: Cast) -> None:
    asked(cast)
    for link in links_mailed_to(OLD):
        client, page = open_link(link)
        shown = client.get(page).content.decode()
        assert "n…@e….test" in shown
        assert NEW not in shown


# --- What ends it ---------------------------------------------------------------------------------


def by_desk(cast: Cast) -> None:
    patient = Patient.objects.get(pk=cast.patient.pk)
    wanted = Contact(
        patient.name, patient.phone, "desk@example.test", patient.born_on, patient.interpreter
    )
    change_contact(
        patient_id=patient.pk, seen=fingerprint(patient), wanted=wanted, has_asked=True,
        context=Context(SYSTEM, timezone.now()),
    )  # fmt: skip


def merged(cast: Cast) -> None:
    kept = make_patient(email=OLD)
    merge_patients(
        kept_id=kept.pk, merged_id=cast.patient.pk, context=Context(SYSTEM, NOW), reason="same"
    )


def kept_in_a_merge(cast: Cast) -> None:
    other = make_patient(email="elsewhere@example.test")
    merge_patients(
        kept_id=cast.patient.pk, merged_id=other.pk, context=Context(SYSTEM, NOW), reason="same"
    )


@pytest.mark.promises
@pytest.mark.parametrize("event", [by_desk, merged, kept_in_a_merge])
def test_a_row_that_changes_hands_ends_it(cast: Cast, event: Callable[[Cast], None]) -> None:
    asked(cast)
    yes_old, yes_new = links_mailed_to(OLD)[0], links_mailed_to(NEW)[0]
    press(yes_new)
    browser, page = open_link(yes_old)
    event(cast)
    assert EmailChange.objects.get().ended_why == "overtaken"
    assert "Nothing was changed" in browser.post(page, follow=True).content.decode()
    assert NEW not in Patient.objects.values_list("email", flat=True)
    assert Client().get(yes_old).status_code == 404


def test_erasing_her_deletes_it(cast: Cast, settings: Any, tmp_path: Any) -> None:
    settings.ERASURE_LIST = str(tmp_path / "erasures.sealed")
    asked(cast)
    erase_patient(
        patient_id=cast.patient.pk, reason="she asked for it", context=Context(SYSTEM, NOW)
    )
    assert not EmailChange.objects.exists()


@pytest.mark.promises
def test_after_a_day_it_is_over_and_the_job_deletes_it(cast: Cast, clock: Any) -> None:
    client = asked(cast)
    yes_old, yes_new = links_mailed_to(OLD)[0], links_mailed_to(NEW)[0]
    press(yes_new)
    clock.move_to(NOW + 24 * HOUR - timedelta(minutes=5))
    browser, page = open_link(yes_old)
    assert forget_changes(now=NOW + 24 * HOUR - timedelta(seconds=1)) == 0
    clock.move_to(NOW + 24 * HOUR)
    assert "The time for it is over" in browser.post(page, follow=True).content.decode()
    assert email_of(cast) == OLD
    # Over, it does not stand in the way of another, whether or not the job has run.
    client = signed_in(cast)
    client.post(PAGE, {"email": "third@example.test"})
    assert EmailChange.objects.open().get().new_email == "third@example.test"
    assert forget_changes(now=timezone.now()) == 1
    assert browser.get(page).status_code == 404


def test_a_page_that_was_left_alone_says_how_to_go_on(cast: Cast, clock: Any) -> None:
    asked(cast)
    yes_old = links_mailed_to(OLD)[0]
    browser, page = open_link(yes_old)
    clock.move_to(NOW + 2 * HOUR)
    late = browser.post(page)
    assert late.status_code == 404
    assert "Open the link in the mail once more" in late.content.decode()
    assert "One mailbox has said yes" in press(yes_old)


def test_a_new_mailbox_that_refuses_says_nothing_of_the_one_so_far(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(post: Post, message: Any) -> None:
        raise MailRefused(550)

    asked(cast)
    monkeypatch.setattr(Post, "send", refuse)
    Email.objects.exclude(kind="email_change_new").update(status="skipped")
    send_due(now=NOW)
    assert Email.objects.get(kind="email_change_new").reason == "bounced"
    assert Patient.objects.get(pk=cast.patient.pk).mail_bounced_at is None


# --- Limits, and what the database promises -------------------------------------------------------


def test_who_asks_too_often_waits_and_nothing_is_mailed(cast: Cast, settings: Any) -> None:
    settings.LIMITS = {**settings.LIMITS, "asked_from_one_place": (2, 3600)}
    client = asked(cast)
    for _ in range(2):
        client.post(PAGE, {"act": "again"})
    assert EmailChange.objects.get().mailings == 2
    settings.LIMITS = {**settings.LIMITS, "email_changes": (0, 86_400)}
    client.post(PAGE, {"act": "back"})
    answer = client.post(PAGE, {"email": "third@example.test"})
    assert answer.status_code == 422
    assert "call 781-555-0142" in answer.content.decode()
    assert EmailChange.objects.count() == 1


def test_her_present_address_is_no_change(cast: Cast) -> None:
    client = signed_in(cast)
    answer = client.post(PAGE, {"email": OLD.title()})
    assert "Our mail goes there already" in answer.content.decode()
    assert not EmailChange.objects.exists()


@pytest.mark.promises
def test_the_database_keeps_one_open_and_no_change_without_both(cast: Cast) -> None:
    asked(cast)
    change = EmailChange.objects.get()
    wrong: tuple[Callable[[], object], ...] = (
        lambda: EmailChange.objects.create(
            patient=cast.patient, new_email=NEW, epoch=0, asked_at=NOW
        ),
        lambda: EmailChange.objects.update(ended_at=NOW),
        lambda: EmailChange.objects.update(ended_why="expired"),
        lambda: EmailChange.objects.update(ended_at=NOW, ended_why="changed", new_confirmed_at=NOW),
    )
    for act in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            act()
    change.refresh_from_db()
    assert change.ended_at is None
