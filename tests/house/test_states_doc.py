"""docs/states.md agrees with the models and names only actions that exist."""

import ast
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from clinic.management.state_pictures import DRAWINGS, states_doc
from clinic.models.messages import Email


def test_the_committed_document_is_up_to_date() -> None:
    call_command("statemachine", check=True)


def test_an_outdated_document_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(Email.TRANSITIONS, "sent", {"due": ("send_again",)})
    with pytest.raises(CommandError):
        call_command("statemachine", check=True)


def test_every_arrow_of_a_visit_is_drawn_with_its_action() -> None:
    picture = states_doc().split("## Enrollment")[0]
    assert "    [*] --> booked: book_by_staff<br/>book_plan_by_staff<br/>import_some\n" in picture
    assert "    booked --> arrived: mark_arrived\n" in picture
    assert "| `cancelled` | `booked` | `undo_cancel` |" in picture
    assert "booked --> booked" not in picture


def functions() -> Iterator[str]:
    """Yield the name of every public function of the product."""
    files = chain.from_iterable(
        Path(settings.BASE_DIR, app).rglob("*.py") for app in ("clinic", "booking", "intake")
    )
    for file in files:
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield node.name


def test_every_action_in_a_table_is_a_function_of_the_product() -> None:
    known = set(functions())
    named = {
        action
        for one in DRAWINGS
        for reached in one.transitions.values()
        for actions in reached.values()
        for action in actions
    }
    assert named - known == set()
