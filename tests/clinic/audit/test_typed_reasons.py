"""What somebody types as a reason is sealed beside the event, and so is what was typed before."""

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from clinic.audit.details import fields_of, words_of
from clinic.audit.record import SYSTEM, record, record_each
from clinic.audit.sealing import seal_trail
from clinic.audit.verifying import verify_trail
from clinic.database.append_only import lifted
from clinic.models.audit import AuditDetail, AuditEvent
from tests.factories import NOW, make_patient

pytestmark = [pytest.mark.django_db, pytest.mark.promises]

WHY = "Her prolapse is worse"
STEP = import_module("clinic.migrations.0023_seal_typed_reasons")
# As earlier versions wrote them: the action, the reason, what of it stays in the event.
TYPED_BEFORE = {
    "cancel": (WHY, ""),
    "move": (f"from 2026-11-02T09:00+00:00 {WHY}", "from 2026-11-02T09:00+00:00"),
    "erase patient": (f"all but the record: {WHY}", "all but the record"),
    "ask to hand over record": (f"on paper: {WHY}", "on paper"),
    "export record": (WHY, ""),
}


@pytest.fixture(autouse=True)
def seals(settings: Any, tmp_path: Any) -> None:
    settings.AUDIT_SEALS = tmp_path / "audit-seals.txt"


def in_clear() -> str:
    return "\n".join(map(str, AuditEvent.objects.values_list())) + "\n".join(
        map(str, AuditDetail.objects.values_list())
    )


def told() -> list[str]:
    return [str(one) for one in verify_trail().faults]


def test_a_typed_reason_is_sealed_and_covered() -> None:
    one, other = make_patient(), make_patient()
    record(SYSTEM, "cancel", patient=one, fields=["name"], reason="by telephone", words=WHY)
    record_each(SYSTEM, "export record", [one, other], fields=["everything"], words=WHY)
    seal_trail(now=NOW)
    events = AuditEvent.objects.order_by("pk")
    assert [words_of(event) for event in events] == [WHY] * 3
    assert [list(fields_of(event)) for event in events] == [["name"], *[["everything"]] * 2]
    assert [event.reason for event in events] == ["by telephone", "", ""]
    assert WHY not in in_clear()
    assert told() == []
    detail = events[0].detail
    detail.sealed = {**detail.sealed, "words": "She moved away"}
    detail.save()
    assert told() == [f"What is sealed beside event {events[0].pk} is not what was written."]


def written_before() -> dict[str, AuditEvent]:
    """Write events as earlier versions did, and return them by action."""
    for action, (reason, _left) in TYPED_BEFORE.items():
        fields = ["answers"] if action == "export record" else []
        record(SYSTEM, action, fields=fields, reason=reason)
    # A code, and a move without a word: nobody typed them.
    record(SYSTEM, "close task", reason="answered")
    record(SYSTEM, "move", reason="from 2026-11-02T09:00+00:00")
    return {event.action: event for event in AuditEvent.objects.order_by("-pk")}


def move() -> None:
    with connection.schema_editor() as editor:
        STEP.move(apps, editor)


@pytest.mark.django_db(transaction=True)
def test_what_was_typed_before_is_moved_and_the_seals_still_agree() -> None:
    written_before()
    seal_trail(now=NOW)
    move()
    found = {event.action: event for event in AuditEvent.objects.order_by("-pk")}
    assert {action: (found[action].reason, words_of(found[action])) for action in TYPED_BEFORE} == {
        action: (left, WHY) for action, (_reason, left) in TYPED_BEFORE.items()
    }
    assert list(fields_of(found["export record"])) == ["answers"]
    assert found["close task"].reason == "answered"
    assert AuditEvent.objects.filter(action="move", detail=None).count() == 1
    assert WHY not in in_clear()
    assert told() == []
    # What was moved before it was ever sealed is sealed as it was, too.
    record(SYSTEM, "cancel", reason=WHY)
    move()
    seal_trail(now=NOW + timedelta(hours=1))
    assert told() == []
    with connection.schema_editor() as editor:
        STEP.move_back(apps, editor)
    assert found["move"].reason != AuditEvent.objects.get(pk=found["move"].pk).reason
    assert told() == []


def tamper_with_reason(event: AuditEvent) -> None:
    AuditEvent.objects.filter(pk=event.pk).update(reason="She moved away")


def tamper_with_words(event: AuditEvent) -> None:
    detail = AuditDetail.objects.get(event=event)
    detail.sealed = {**detail.sealed, "was": "She moved away"}
    detail.save()


@pytest.mark.parametrize(
    "tamper",
    [
        tamper_with_reason,
        tamper_with_words,
        lambda event: AuditDetail.objects.filter(event=event).delete(),
        lambda event: AuditDetail.objects.filter(event=event).update(was_in_clear=False),
    ],
    ids=["reason", "words", "removed", "no mark"],
)
@pytest.mark.django_db(transaction=True)
def test_whoever_changes_what_was_moved_is_noticed(tamper: Callable[[AuditEvent], object]) -> None:
    event = written_before()["cancel"]
    seal_trail(now=NOW)
    move()
    assert told() == []
    with lifted():
        tamper(event)
    assert told() == [f"Event {event.pk} was changed."]
