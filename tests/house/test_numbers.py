"""No text becomes a number before its length is known: Python refuses thousands of digits."""

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

# Every place that makes a whole number of what may be text, and what bounds it there.
BOUNDED = {
    "booking.appointments.access._as_rev": "under 9 digits",
    "booking.billing.forms.clean_delta": "a field with limits has read it",
    "booking.catalog.package_form._visits": "a choice of the form",
    "booking.moving_in.files.rows._digits": "9 digits, by the patterns that found them",
    "booking.opening_hours.change_pages._number": "under 9 digits",
    "booking.scheduling.slot_choices.read_number": "9 digits",
    "booking.set_up.views._year": "4 digits",
    "clinic.audit.client_address.network_of": "an address that was read",
    "clinic.audit.sealing.lines_outside": "the file of seals, written by us",
    "clinic.audit.sealing.seal_of": "a row, written by us",
    "clinic.audit_log.views._before": "19 digits",
    "clinic.env.number": "the environment, at start",
    "clinic.identity.dates._date": "2 or 4 digits",
    "clinic.messages.delivery.posting._subject_of": "3 digits, by the pattern that found them",
    "clinic.identity.dates._tokens": "2 digits",
    "clinic.ownership.browser._read": "written into the session by us",
    "clinic.practice.hours_text._time": "2 digits, by the pattern that found them",
    "intake.online_intake.views_start._shown_at": "signed by us",
    "intake.questionnaire.section._posted": "as many digits as an answer may have",
    "intake.triage.strict_json._whole_number": "a limit of its own",
}


def numbers_of(path: Path, module: str) -> Iterator[str]:
    """Yield each function that calls int() with one value, unless that is made of a time."""
    tree = ast.parse(path.read_text())
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for call in ast.walk(function):
                if _is_of_text(call):
                    yield f"{module}.{function.name}"


def _is_of_text(call: ast.AST) -> bool:
    if not isinstance(call, ast.Call):
        return False
    is_int = isinstance(call.func, ast.Name) and call.func.id == "int"
    is_mapped = (
        isinstance(call.func, ast.Name)
        and call.func.id == "map"
        and isinstance(call.args[0], ast.Name)
        and call.args[0].id == "int"
    )
    if is_mapped:
        return True
    # A sum or a product is no text, and neither are seconds.
    value = ast.unparse(call.args[0]) if is_int and call.args else "total_seconds"
    is_computed = is_int and call.args and isinstance(call.args[0], ast.BinOp)
    return not is_computed and "timestamp()" not in value and "total_seconds" not in value


def test_every_number_made_of_text_has_a_bound() -> None:
    found = set()
    for app in ("clinic", "booking", "intake"):
        for path in (settings.BASE_DIR / app).rglob("*.py"):
            parts = path.relative_to(settings.BASE_DIR).with_suffix("").parts
            if not {"migrations", "management"} & set(parts):
                found |= set(numbers_of(path, ".".join(parts)))
    assert found == set(BOUNDED)
