"""Which fields the product knows, and the report of those that were sent no bad value.

A field is known by the page that takes it, by its form class, and by the module that reads its
name. Only the first is found by following links. The other two are found in the code, so that a
page nobody came to shows up as fields nobody reached.
"""

import ast
import importlib
import json
import pkgutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.forms.forms import BaseForm

from intake.checkins.guidance import PAGE
from intake.questionnaire.definition import INTAKE
from intake.questionnaire.section import field_name
from tests.edges.fields.coverage import APPS, Known, shape

ROOT = Path(__file__).resolve().parents[3]
# Modules without pages. Importing the last one starts the site.
NO_PAGES = (".migrations", ".management", "clinic.wsgi")


def modules() -> Iterator[str]:
    """Import every module of the apps, and yield their names."""
    for app in APPS:
        for found in pkgutil.walk_packages([str(ROOT / app)], f"{app}."):
            if not any(part in found.name for part in NO_PAGES):
                importlib.import_module(found.name)
                yield found.name


def of_form_classes() -> set[Known]:
    """Return the fields that the form classes of the apps declare, and all questions."""
    known = {
        (label, shape(f"{name}{part}"))
        for label, form in forms_of_the_apps().items()
        for name, one in getattr(form, "base_fields", {}).items()
        for part in getattr(one.widget, "widgets_names", [""])
    }
    return known | set(_questions())


def forms_of_the_apps() -> dict[str, Any]:
    """Import every module of the apps; return their form classes, but for bases, by full name."""
    assert list(modules())
    found = {f"{one.__module__}.{one.__qualname__}": one for one in _subclasses(BaseForm)}
    return {
        label: form
        for label, form in found.items()
        if label.partition(".")[0] in APPS and label not in BASES
    }


def _subclasses(form: type) -> Iterator[type]:
    for one in form.__subclasses__():
        yield one
        yield from _subclasses(one)


def _questions() -> Iterator[Known]:
    for section in (*INTAKE.sections, PAGE):
        for question in section.questions:
            parts = ("_month", "_day", "_year") if question.kind == "date" else ("",)
            for part in parts:
                name = field_name(question.id) + part
                yield ("intake.questionnaire.section.SectionForm", shape(name))


def of_reads(module: str, source: str) -> set[Known]:
    """Return the names this module reads from request.POST, request.GET or the data of a form.

    A name may be a text, a constant of the module, or a text with parts that vary. Names read from
    data that was handed on are noticed only while a value is sent.
    """
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=data, attr="get" | "getlist"), args=[name, *_]):
                pass
            case (
                ast.Subscript(value=data, slice=name)
                | ast.Compare(left=name, ops=[ast.In() | ast.NotIn()], comparators=[data])
            ):
                pass
            case ast.BinOp(left=name, right=ast.Call(func=ast.Attribute(value=data, attr="keys"))):
                pass
            case _:
                continue
        if _is_data(data):
            found.update(_texts(module, name))
    return {(module, shape(name)) for name in found}


def _is_data(node: ast.expr) -> bool:
    if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
        return False
    return (node.value.id, node.attr) in {("request", "POST"), ("request", "GET"), ("self", "data")}


def _texts(module: str, node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.Name(id=name):
            value = getattr(sys.modules.get(module), name, None)
            yield from [value] if isinstance(value, str) else value or ()
        case ast.IfExp(body=one, orelse=other):
            yield from (*_texts(module, one), *_texts(module, other))
        case ast.Set(elts=parts):
            for part in parts:
                yield from _texts(module, part)
        case ast.JoinedStr(values=parts):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "*" for part in parts
            )


def known_from_code() -> set[Known]:
    """Return every field that stands in the code of the apps, whether or not a page has it."""
    names = list(modules())
    reads = (of_reads(name, Path(sys.modules[name].__file__ or "").read_text()) for name in names)
    return of_form_classes().union(*reads)


# --- The report -----------------------------------------------------------------------------------

# Fields that no value is to be sent to, each with the reason.
_TOKEN = "allauth.account.forms.UserTokenForm"
EXCEPT: Mapping[Known, str] = {
    (_TOKEN, "key"): "is read from the address of a mailed link, not from a form",
    (_TOKEN, "uidb*"): "is read from the address of a mailed link, not from a form",
    ("clinic.security.link_pages", "List-Unsubscribe"): "has one value; any other is a 405",
}
# Classes that stand on no page themselves: the forms made from them do, and are known.
BASES = {
    "booking.billing.forms.SeenForm",
    "booking.billing.forms._MoneyForm",
    "booking.desk.forms.TimeForm",
    "booking.opening_hours.forms._Span",
    "clinic.known_patients.warning.KnownPatientForm",
}


def report(known: set[Known], reached: set[Known], exceptions: Mapping[Known, str]) -> list[str]:
    """Return what to print; the first line is the count, and nothing follows if all is reached."""
    wanted = known - exceptions.keys()
    lines = [f"reached {len(wanted & reached)} of {len(wanted)} fields"]
    lines += [f"not reached: {where}: {name}" for where, name in sorted(wanted - reached)]
    # A reason that has become untrue.
    lines += [f"reached, though excepted: {one}" for one in sorted(exceptions.keys() & reached)]
    return lines + [f"excepted, but unknown: {one}" for one in sorted(exceptions.keys() - known)]


def read_reached(folder: Path) -> tuple[set[Known], set[Known]]:
    """Return what was seen and what was reached by the tests that wrote into this folder."""
    seen: set[Known] = set()
    reached: set[Known] = set()
    for path in folder.glob("*.json"):
        content = json.loads(path.read_text())
        seen.update((where, name) for where, name in content["seen"])
        reached.update((where, name) for where, name in content["reached"])
    return seen, reached


def main(folder: Path) -> int:
    """Print the report of the tests that wrote into this folder; return 0 if all was reached."""
    seen, reached = read_reached(folder)
    lines = report(known_from_code() | seen, reached, EXCEPT)
    print("\n".join(lines))
    return int(len(lines) > 1)
