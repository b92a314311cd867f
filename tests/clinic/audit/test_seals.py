"""Seals of the audit trail: whatever is done to a sealed event, verify_audit says to which."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from clinic.audit import sealing
from clinic.audit.record import SYSTEM, record
from clinic.audit.sealing import MayNotSeal, newest_seal, renew_seals, seal_trail
from clinic.audit.seals import LAYOUTS, key_from
from clinic.audit.verifying import verify_trail
from clinic.database.append_only import lifted
from clinic.models.audit import AuditDetail, AuditEvent, AuditSeal
from tests.factories import NOW
from tests.full_disk import full_after

pytestmark = [pytest.mark.promises, pytest.mark.django_db]

LATER = NOW + timedelta(hours=1)
# Columns of an event that no digest covers, with the reason.
NOT_COVERED = {"id": "the seal names it"}


@pytest.fixture(autouse=True)
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Write the file of seals into a folder of the test; four events make a seal."""
    monkeypatch.setattr(sealing, "MOST_EVENTS", 4)
    with override_settings(AUDIT_SEALS=tmp_path / "seals"):
        yield tmp_path / "seals"


def make_event(number: int, **fields: Any) -> AuditEvent:
    at = NOW + timedelta(seconds=number)
    return AuditEvent.objects.create(
        **{"at": at, "actor": "user:1", "role": "manager", "action": f"act {number}", **fields}
    )


def make_trail() -> list[int]:
    """Make twelve events in three seals; return their ids."""
    ids = [make_event(number).pk for number in range(12)]
    assert seal_trail(now=LATER) == 3
    return ids


def told() -> list[str]:
    return [str(fault) for fault in verify_trail().faults]


def exchange(one: int, other: int) -> None:
    """Exchange the contents of two events."""
    rows = [AuditEvent.objects.get(pk=key) for key in (one, other)]
    contents = [{name: getattr(row, name) for name in LAYOUTS[1]} for row in rows]
    AuditEvent.objects.filter(pk=one).update(**contents[1])
    AuditEvent.objects.filter(pk=other).update(**contents[0])


def test_a_trail_that_nobody_touched_is_as_it_was_written(outside: Path) -> None:
    make_trail()
    make_event(20)
    found = verify_trail()
    assert (found.seals, found.sealed, found.unsealed, found.faults) == (3, 12, 1, [])
    assert [line.split()[0] for line in outside.read_text().splitlines()] == ["3"]
    assert seal_trail(now=LATER) == 1
    assert seal_trail(now=LATER) == 0
    assert [line.split()[0] for line in outside.read_text().splitlines()] == ["3", "4"]
    assert told() == []


def delete(*ids: int) -> None:
    AuditEvent.objects.filter(pk__in=ids).delete()


TAMPERING: dict[str, tuple[Callable[[list[int]], object], Callable[[list[int]], list[str]]]] = {
    "edited": (
        lambda ids: AuditEvent.objects.filter(pk=ids[1]).update(actor="user:2"),
        lambda ids: [f"Event {ids[1]} was changed."],
    ),
    "removed": (lambda ids: delete(ids[5]), lambda ids: [f"Event {ids[5]} is missing."]),
    "three removed": (
        lambda ids: delete(*ids[3:6]),
        lambda ids: [f"Events {ids[3]} to {ids[5]} are missing."],
    ),
    "swapped": (
        lambda ids: exchange(ids[0], ids[2]),
        lambda ids: [f"Events {ids[0]}, {ids[2]} changed places."],
    ),
    "swapped between seals": (
        lambda ids: exchange(ids[0], ids[11]),
        lambda ids: [f"Events {ids[0]}, {ids[11]} changed places."],
    ),
    "tail cut": (
        lambda ids: delete(*ids[10:]),
        lambda ids: [f"Events {ids[10]} to {ids[11]} are missing."],
    ),
    "tail cut with its seals": (
        lambda ids: (delete(*ids[8:]), AuditSeal.objects.filter(number=3).delete()),
        lambda ids: [
            "The end was cut off: seal 3 was written and is gone, with the events it covered."
        ],
    ),
    "everything removed": (
        lambda ids: (delete(*ids), AuditSeal.objects.all().delete()),
        lambda ids: [
            "The end was cut off: seal 3 was written and is gone, with the events it covered."
        ],
    ),
    "middle removed with its seal": (
        lambda ids: (delete(*ids[4:8]), AuditSeal.objects.filter(number=2).delete()),
        lambda ids: ["Seal 2 is missing."],
    ),
    "edited with its seal": (
        lambda ids: (
            AuditEvent.objects.filter(pk=ids[0]).update(actor="user:2"),
            AuditSeal.objects.filter(number=1).update(events="[]", digest="0" * 64),
        ),
        lambda ids: [
            f"Events {ids[0]} to {ids[3]} were put in later.",
            "Seals 1 to 2 were changed.",
            "Seal 1 was not made with a key that is here.",
        ],
    ),
}


@pytest.mark.parametrize("kind", TAMPERING)
def test_what_was_done_is_noticed_and_said_to_which(kind: str) -> None:
    ids = make_trail()
    tamper, expected = TAMPERING[kind]
    with lifted():
        tamper(ids)
    assert told() == expected(ids)


@pytest.mark.parametrize("column", sorted(LAYOUTS[1]))
def test_a_change_of_any_column_is_noticed(column: str) -> None:
    ids = make_trail()
    other: dict[str, Any] = {"at": NOW - timedelta(1), "allowed": False}
    with lifted():
        AuditEvent.objects.filter(pk=ids[1]).update(**{column: other.get(column, "other")})
    assert told() == [f"Event {ids[1]} was changed."]


def test_every_column_of_an_event_is_covered_or_says_why_not() -> None:
    columns = {field.name for field in AuditEvent._meta.concrete_fields}
    assert columns == {*LAYOUTS[max(LAYOUTS)], *NOT_COVERED}


def test_whoever_makes_the_whole_chain_anew_lacks_the_key() -> None:
    ids = make_trail()
    with lifted(), pytest.MonkeyPatch.context() as patch:
        AuditEvent.objects.filter(pk=ids[1]).update(actor="user:2")
        AuditSeal.objects.all().delete()
        # With the name of the true key, and a secret of one's own.
        name = sealing.seal_keys()[0].name
        forged = type(key_from("x"))(name, b"guessed")
        patch.setattr(sealing, "seal_keys", lambda: [forged])
        patch.setattr(sealing, "_write_outside", lambda newest: None)
        seal_trail(now=LATER)
    assert told() == [
        "Seals 1 to 3 were not made with a key that is here.",
        "Seal 3 is not the one that was written to the file.",
    ]
    with pytest.raises(MayNotSeal):
        seal_trail(now=LATER)


def test_what_was_seen_cannot_be_changed_or_taken_away_beside_its_event() -> None:
    record(SYSTEM, "read answers", fields=["care.note", "bg.tear"])
    record(SYSTEM, "read answers", fields=["care.note"])
    seal_trail(now=LATER)
    assert told() == []
    changed, removed = AuditDetail.objects.order_by("event_id")
    changed.sealed = {**changed.sealed, "fields": ["care.note"]}
    changed.save()
    removed.delete()
    pks = f"{changed.event_id} to {removed.event_id}"
    assert told() == [f"What is sealed beside events {pks} is not what was written."]


def test_an_event_put_in_between_is_noticed() -> None:
    first = make_event(1)
    make_event(2, pk=first.pk + 10)
    seal_trail(now=LATER)
    make_event(3, pk=first.pk + 5)
    assert told() == [f"Event {first.pk + 5} was put in later."]


def test_an_event_that_was_committed_late_is_sealed_with_the_next() -> None:
    first = make_event(1)
    make_event(2, pk=first.pk + 10)
    seal_trail(now=NOW + timedelta(seconds=10))
    make_event(3, pk=first.pk + 5)
    found = verify_trail()
    assert (found.unsealed, found.faults) == (1, [])
    assert seal_trail(now=LATER) == 1
    found = verify_trail()
    assert (found.sealed, found.unsealed, found.faults) == (3, 0, [])


def test_two_that_seal_at_once_leave_one_chain() -> None:
    make_trail()
    ids = [make_event(20).pk]
    before = newest_seal()
    assert sealing._write(before, ids, LATER) is not None
    assert sealing._write(before, ids, LATER) is None
    assert told() == []


def test_one_seal_with_the_new_key_vouches_for_all_that_the_old_one_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_trail()
    old, new, foreign = sealing.seal_keys()[0], key_from("the new one"), key_from("another")

    def here(*keys: object) -> None:
        for module in ("sealing", "verifying"):
            monkeypatch.setattr(f"clinic.audit.{module}.seal_keys", lambda: list(keys))

    here(new)
    assert told() == ["Seal 3 was not made with a key that is here."]
    with pytest.raises(MayNotSeal):
        seal_trail(now=LATER)
    here(new, old)
    assert renew_seals(write=False) == 1
    assert newest_seal().number == 3  # type: ignore[union-attr]
    assert renew_seals(write=True) == 1
    assert renew_seals(write=True) == 0
    here(new)
    assert told() == []
    assert seal_trail(now=LATER) == 0
    here(foreign)
    assert told() == ["Seal 4 was not made with a key that is here."]


def test_the_command_ends_with_an_error_and_says_what_it_found(outside: Path) -> None:
    ids = make_trail()
    out = StringIO()
    call_command("verify_audit", stdout=out)
    assert "12 events in 3 seals, 0 not sealed yet" in out.getvalue()
    assert "as it was written" in out.getvalue()
    outside.unlink()
    out = StringIO()
    call_command("verify_audit", stdout=out)
    assert "no file of seals" in out.getvalue()
    with lifted():
        delete(ids[3])
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_audit", stdout=out)
    assert f"Event {ids[3]} is missing." in out.getvalue()


def test_by_hand_a_trail_that_is_not_trusted_goes_on_only_when_told(outside: Path) -> None:
    make_trail()
    with lifted():
        AuditSeal.objects.filter(number=3).update(mac="0" * 64)
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_audit", seal=True, stdout=out)
    assert "nothing was sealed" in out.getvalue()
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_audit", accept=True, stdout=out)
    assert "1 seals written" in out.getvalue()
    assert AuditEvent.objects.filter(action="accept audit trail").exists()
    # What was wrong stays to be seen.
    assert told() == ["Seal 3 was not made with a key that is here."]


def test_a_file_that_cannot_be_written_stops_no_seal(
    outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    # Our loggers hand nothing on to the root, where the fixture for logs listens.
    monkeypatch.setattr(sealing.log, "error", lambda text, *values: said.append(text % values))
    outside.mkdir()
    with override_settings(AUDIT_SEALS=outside / "seals"):
        outside.chmod(0o700)
        (outside / "seals").symlink_to(outside / "nowhere" / "file")
        make_trail()
    assert [one for one in said if "cannot be written" in one]


def test_a_disk_that_takes_a_part_of_a_line_leaves_the_file_as_it_was(outside: Path) -> None:
    make_event(1)
    seal_trail(now=LATER)
    before = outside.read_bytes()
    make_event(2)
    with full_after(len(before) + 30):
        seal_trail(now=LATER)
    assert outside.read_bytes() == before
    # What is missing there comes with the next seal.
    make_event(3)
    seal_trail(now=LATER)
    assert len(outside.read_text().splitlines()) == 3
    assert told() == []
