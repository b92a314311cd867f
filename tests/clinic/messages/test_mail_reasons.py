"""Staff read in words why a mail was not sent, whichever module decided it."""

import ast
import inspect
from collections.abc import Iterator
from types import ModuleType

from django.utils.translation import gettext as _

from clinic.messages.delivery import claiming, sending
from clinic.messages.outbox import KINDS
from clinic.messages.reasons import REASONS, words_for

# Functions of the sender that take a reason as an argument.
CLOSING = ("_close_unsent", "_retry_later")


def modules() -> set[ModuleType]:
    deciding = {inspect.getmodule(kind.still_due) for kind in KINDS.values()}
    return {module for module in deciding if module} | {claiming, sending}


def codes(module: ModuleType) -> Iterator[str]:
    """Yield each reason a module writes: as a keyword, to close a row, or as a return value."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.keyword) and node.arg == "reason":
            yield from _texts(node.value)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in CLOSING:
            for argument in node.args[1:]:
                yield from _texts(argument)
        elif isinstance(node, ast.FunctionDef) and _is_answer(node):
            for one in ast.walk(node):
                if isinstance(one, ast.Return) and one.value is not None:
                    yield from _texts(one.value)


def _is_answer(function: ast.FunctionDef) -> bool:
    return function.returns is not None and ast.unparse(function.returns) == "str | None"


def _texts(node: ast.expr) -> Iterator[str]:
    branches = [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]
    for one in branches:
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value:
            yield one.value


def test_every_reason_has_words() -> None:
    found = {code for module in modules() for code in codes(module)}
    assert len(found) > 15
    assert found <= REASONS.keys()


def test_a_refusal_of_the_mail_server_is_shown_with_its_code() -> None:
    assert words_for("smtp_451") == _("the mail server said %(code)s") % {"code": "451"}


def test_every_kind_has_a_name() -> None:
    names = [str(kind.name) for kind in KINDS.values()]
    assert len(set(names)) == len(names)
    assert not [name for name in names if "_" in name or name != name.strip()]
