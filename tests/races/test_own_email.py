"""Both mailboxes and the desk at once: one change of e-mail, and one line about it in the trail."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.audit import AuditEvent
from clinic.models.people import Patient
from clinic.people import contact
from clinic.people.contact import ChangedMeanwhile, Contact, change_contact, fingerprint
from intake.models import EmailChange
from intake.own_email import actions
from intake.own_email.actions import AnotherIsOpen, ask_change, say_not_me, say_yes
from intake.own_email.sides import Side
from tests.factories import NOW, make_patient, make_user
from tests.races.controls import let_two_decide_together, take_locks_away
from tests.racing import race
from tests.rounds import on_sqlite, rounds

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.promises]
ROUNDS = rounds(on_sqlite(1, 3), 20)
CONTEXT = Context(SYSTEM, NOW)
NEW, BY_DESK = "new@example.test", "desk@example.test"


def asked(number: int = 0) -> EmailChange:
    """Return the open change of a new patient."""
    user = make_user(email=f"old{number}@example.test")
    patient = make_patient(email=user.email, user=user, proven_at=NOW)
    return ask_change(patient_id=patient.pk, epoch=0, email=f"{number}{NEW}", context=CONTEXT)


def yes(change: EmailChange, side: Side) -> EmailChange:
    return say_yes(change_id=change.pk, side=side, context=CONTEXT)


def by_desk(change: EmailChange) -> Callable[[], Patient]:
    patient = Patient.objects.get(pk=change.patient_id)
    seen = fingerprint(patient)
    wanted = Contact(patient.name, patient.phone, BY_DESK, patient.born_on, "")
    return lambda: change_contact(
        patient_id=patient.pk, seen=seen, wanted=wanted, has_asked=True, context=CONTEXT
    )


def both(*acts: Callable[[], Any]) -> list[Any]:
    return race(2, lambda number: acts[number]())


def lines_of(change: EmailChange) -> list[str]:
    """Return what the trail says changed her e-mail."""
    changes = ("change own e-mail", "change contact")
    events = AuditEvent.objects.filter(patient=str(change.patient_id), action__in=changes)
    return list(events.values_list("action", flat=True))


def email_of(change: EmailChange) -> str:
    return Patient.objects.get(pk=change.patient_id).email


def failures(outcomes: list[Any]) -> list[Any]:
    return [one for one in outcomes if isinstance(one, Exception)]


def test_both_links_pressed_at_once_are_one_change() -> None:
    for number in range(ROUNDS):
        change = asked(number)
        outcomes = both(lambda c=change: yes(c, Side.OLD), lambda c=change: yes(c, Side.NEW))
        assert failures(outcomes) == []
        assert (email_of(change), lines_of(change)) == (f"{number}{NEW}", ["change own e-mail"])
        assert Patient.objects.get(pk=change.patient_id).epoch == 1


def test_the_last_link_pressed_twice_at_once_is_one_change() -> None:
    for number in range(ROUNDS):
        change = asked(number)
        yes(change, Side.NEW)
        outcomes = both(lambda c=change: yes(c, Side.OLD), lambda c=change: yes(c, Side.OLD))
        assert failures(outcomes) == []
        assert (email_of(change), lines_of(change)) == (f"{number}{NEW}", ["change own e-mail"])


def test_the_desk_at_the_same_time_is_one_change() -> None:
    for number in range(ROUNDS):
        change = asked(number)
        yes(change, Side.NEW)
        outcomes = both(lambda c=change: yes(c, Side.OLD), by_desk(change))
        change.refresh_from_db()
        if lines_of(change) == ["change own e-mail"]:
            assert (email_of(change), change.ended_why) == (f"{number}{NEW}", "changed")
            assert isinstance(outcomes[1], ChangedMeanwhile)
        else:
            assert lines_of(change) == ["change contact"]
            assert (email_of(change), change.ended_why) == (BY_DESK, "overtaken")
            assert failures(outcomes) == []


def test_not_me_and_the_last_yes_are_one_outcome() -> None:
    for number in range(ROUNDS):
        change = asked(number)
        yes(change, Side.OLD)
        outcomes = both(
            lambda c=change: yes(c, Side.NEW),
            lambda c=change: say_not_me(change_id=c.pk, context=CONTEXT),
        )
        assert failures(outcomes) == []
        change.refresh_from_db()
        assert (change.ended_why, len(lines_of(change))) in (("changed", 1), ("not_me", 0))


def test_asked_twice_at_once_one_is_open() -> None:
    for number in range(ROUNDS):
        user = make_user(email=f"old{number}@example.test")
        patient = make_patient(email=user.email, user=user, proven_at=NOW)

        def ask(email: str, patient: Patient = patient) -> EmailChange:
            return ask_change(patient_id=patient.pk, epoch=0, email=email, context=CONTEXT)

        outcomes = both(lambda: ask("one@example.test"), lambda: ask("two@example.test"))
        assert [type(one) for one in failures(outcomes)] == [AnotherIsOpen]
        assert EmailChange.objects.filter(patient=patient).count() == 1


# --- The controls: both have read before either writes --------------------------------------------


def test_without_locks_two_presses_are_two_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    change = asked()
    yes(change, Side.NEW)
    take_locks_away(monkeypatch)
    let_two_decide_together(monkeypatch, actions, "_locked")
    outcomes = both(lambda: yes(change, Side.OLD), lambda: yes(change, Side.OLD))
    assert failures(outcomes) == []
    assert lines_of(change) == ["change own e-mail"] * 2


def test_without_locks_both_say_yes_and_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    change = asked()
    take_locks_away(monkeypatch)
    let_two_decide_together(monkeypatch, actions, "_locked")
    outcomes = both(lambda: yes(change, Side.OLD), lambda: yes(change, Side.NEW))
    assert failures(outcomes) == []
    change.refresh_from_db()
    assert change.old_confirmed_at is not None
    assert change.new_confirmed_at is not None
    assert (email_of(change), lines_of(change)) == ("old0@example.test", [])


def test_without_locks_the_desk_and_she_both_change_it(monkeypatch: pytest.MonkeyPatch) -> None:
    change = asked()
    yes(change, Side.NEW)
    act = by_desk(change)
    take_locks_away(monkeypatch)
    decide, decided, changed = contact.fingerprint, threading.Event(), threading.Event()

    def decide_first(patient: Patient) -> str:
        found = decide(patient)
        decided.set()
        assert changed.wait(60)
        return found

    monkeypatch.setattr(contact, "fingerprint", decide_first)

    def yes_meanwhile() -> None:
        assert decided.wait(60)
        try:
            yes(change, Side.OLD)
        finally:
            changed.set()

    outcomes = both(yes_meanwhile, act)
    assert failures(outcomes) == []
    assert sorted(lines_of(change)) == ["change contact", "change own e-mail"]
