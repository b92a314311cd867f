"""Helpers that take guards away, to prove that the races would see the damage."""

import threading
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, nullcontext
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.db.models import BaseConstraint, Model, QuerySet

from booking.appointments import slot_assignment
from booking.constraints import NoOverlap
from booking.models import Appointment, LedgerEntry, LedgerReason, SlotOffer
from booking.planner import actions as planner_actions
from clinic.database import retrying
from clinic.database.append_only import lifted


def take_locks_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let actions run side by side, without any lock on a row or a calendar.

    On SQLite the lock is the transaction, which begins as a writer. So there the transaction is
    taken away, and the same steps run in the same order, each by itself.
    """
    if connection.vendor == "sqlite":
        monkeypatch.setattr(retrying, "transaction", SimpleNamespace(atomic=nullcontext))
        return
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows.all())
    monkeypatch.setattr(slot_assignment, "lock_calendar", lambda *_: None)
    monkeypatch.setattr(planner_actions, "lock_for", lambda *_: None)


def let_two_decide_together(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str) -> None:
    """Make two callers of this function of the module wait until both have its answer."""
    together, decide = threading.Barrier(2), getattr(module, name)

    def decide_together(*args: Any, **kwargs: Any) -> Any:
        found = decide(*args, **kwargs)
        together.wait(20)
        return found

    monkeypatch.setattr(module, name, decide_together)


@contextmanager
def without_constraints(model: type[Model], *names: str) -> Generator[None, None, None]:
    """Remove these constraints from the table. All rows go before the constraints come back."""
    found = [one for one in model._meta.constraints if one.name in names]
    assert len(found) == len(names)
    with ExitStack() as stack:
        for one in found:
            stack.enter_context(_without_constraint(model, one))
        try:
            yield
        finally:
            with lifted():
                for each in (SlotOffer, LedgerReason, LedgerEntry, Appointment):
                    each.objects.all().delete()


@contextmanager
def _without_constraint(
    model: type[Model], constraint: BaseConstraint
) -> Generator[None, None, None]:
    """Remove one constraint while the block runs."""
    if connection.vendor == "sqlite" and isinstance(constraint, NoOverlap):
        with _without_triggers(constraint.name):
            yield
        return
    with connection.schema_editor() as editor:
        editor.remove_constraint(model, constraint)
    try:
        yield
    finally:
        with connection.schema_editor() as editor:
            editor.add_constraint(model, constraint)


@contextmanager
def _without_triggers(name: str) -> Generator[None, None, None]:
    """Drop and restore the triggers that enforce a constraint on SQLite.

    Removing the constraint itself would build the whole table again.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s",
            [f"%{name}%"],
        )
        triggers = cursor.fetchall()
        assert triggers
        for trigger, _ in triggers:
            cursor.execute(f'DROP TRIGGER "{trigger}"')
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for _, statement in triggers:
                cursor.execute(statement)
