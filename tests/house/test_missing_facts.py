"""No page, mail or print ends a sentence in a fact of the clinic that nobody has entered."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Engine
from django.template.base import FilterExpression, Node, TokenType, Variable, VariableNode
from django.template.defaulttags import IfNode
from django.template.loader import get_template
from django.templatetags.i18n import BlockTranslateNode

# What may be empty. Each stands in an `if` of its own name, or is not named: `call_whom`,
# `clinic_line` and `mail_signature` of clinic.practice.reaching are never in want of it.
FACTS = {"clinic_name", "clinic_phone", "clinic_address", "clinic_door", "clinic_parking"}
TEMPLATES = settings.BASE_DIR / "templates"


def _name(expression: object) -> str:
    variable = expression.var if isinstance(expression, FilterExpression) else expression
    return str(variable.var) if isinstance(variable, Variable) else ""


def _asked(condition: object) -> set[str]:
    """Return the names that are true where this condition of an `if` holds."""
    if getattr(condition, "id", "") == "and":
        return _asked(getattr(condition, "first", None)) | _asked(
            getattr(condition, "second", None)
        )
    return {str(getattr(condition, "text", ""))}


def _shown(node: Node) -> set[str]:
    """Return the names that this node writes into the page."""
    if isinstance(node, VariableNode):
        return {_name(node.filter_expression)}
    if isinstance(node, BlockTranslateNode):
        tokens = (*node.singular, *(node.plural or ()))
        typed = {token.contents for token in tokens if token.token_type == TokenType.VAR}
        return typed | {_name(one) for one in node.extra_context.values()}
    return set()


def unguarded(nodes: Iterable[Node], known: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield the facts that are written where nobody has asked whether they are there."""
    for node in nodes:
        if isinstance(node, IfNode):
            for condition, inner in node.conditions_nodelists:
                yield from unguarded(inner, known | _asked(condition))
            continue
        yield from (_shown(node) & FACTS) - known
        for name in node.child_nodelists:
            yield from unguarded(getattr(node, name, None) or (), known)


def test_each_fact_is_written_only_where_it_is_there() -> None:
    paths = [one for one in TEMPLATES.rglob("*") if one.suffix in (".html", ".txt")]
    assert len(paths) > 300
    found = {
        f"{path.relative_to(TEMPLATES)}: {fact}"
        for path in paths
        for fact in unguarded(_nodes_of(path))
    }
    assert sorted(found) == []


def _nodes_of(path: Path) -> Iterable[Node]:
    template = get_template(str(path.relative_to(TEMPLATES)))
    nodes: Iterable[Node] = template.template.nodelist  # type: ignore[attr-defined]
    return nodes


# Of each: what is written unguarded.
READINGS = {
    "Call us: {{ clinic_phone }}.": "clinic_phone",
    "{% if clinic_phone %}Call {{ clinic_phone }}.{% endif %}": "",
    "{% if clinic_phone %}{% else %}{{ clinic_phone }}{% endif %}": "clinic_phone",
    "{% if clinic_name %}{{ clinic_address }}{% endif %}": "clinic_address",
    "{% if clinic_name and clinic_door %}{{ clinic_door }}{% endif %}": "",
    "{% if not clinic_door %}{{ clinic_door }}{% endif %}": "clinic_door",
    "{% blocktranslate %}Call {{ clinic_phone }}.{% endblocktranslate %}": "clinic_phone",
    "{% blocktranslate with a=clinic_name %}{{ a }}{% endblocktranslate %}": "clinic_name",
    "{% block a %}{% with b=1 %}{{ clinic_door|upper }}{% endwith %}{% endblock %}": "clinic_door",
    "Call {{ call_whom }}.": "",
}


@pytest.mark.parametrize(("text", "fact"), READINGS.items())
def test_the_reading_of_templates(text: str, fact: str) -> None:
    template = Engine.get_default().from_string("{% load i18n %}" + text)
    assert list(unguarded(template.nodelist)) == ([fact] if fact else [])
