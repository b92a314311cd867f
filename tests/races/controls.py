"""How a race proves that it can see: the guards taken away, two deeds held side by side."""

import threading
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, nullcontext
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.db.models import BaseConstraint, Model, QuerySet

from booking.appointments import slot_assignment as placing
from booking.constraints import NoOverlap
from booking.models import Appointment, LedgerEntry, SlotOffer
from booking.planner import actions as planning
from clinic.database import retrying
from clinic.database.append_only import lifted


def take_locks_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let deeds run side by side: no row and no day is locked.

    On SQLite the lock is the transaction that begins as a writer, so there it is the transaction
    that goes: the same steps run in the same order, each for itself.
    """
    if connection.vendor == "sqlite":
        monkeypatch.setattr(retrying, "transaction", SimpleNamespace(atomic=nullcontext))
        return
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows.all())
    monkeypatch.setattr(placing, "lock_calendar", lambda *_: None)
    monkeypatch.setattr(planning, "lock_for", lambda *_: None)


def let_two_decide_together(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str) -> None:
    """Let two have the answer of this function of the module before either goes on."""
    together, decide = threading.Barrier(2), getattr(module, name)

    def decide_together(*args: Any, **kwargs: Any) -> Any:
        found = decide(*args, **kwargs)
        together.wait(20)
        return found

    monkeypatch.setattr(module, name, decide_together)


@contextmanager
def without_constraints(model: type[Model], *names: str) -> Generator[None, None, None]:
    """Take these constraints from the table; what broke them goes before they come back."""
    found = [one for one in model._meta.constraints if one.name in names]
    assert len(found) == len(names)
    with ExitStack() as stack:
        for one in found:
            stack.enter_context(_put_away(model, one))
        try:
            yield
        finally:
            with lifted():
                for each in (SlotOffer, LedgerEntry, Appointment):
                    each.objects.all().delete()


@contextmanager
def _put_away(model: type[Model], constraint: BaseConstraint) -> Generator[None, None, None]:
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
    """SQLite keeps the constraint by triggers; to remove it is to make the whole table anew."""
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
