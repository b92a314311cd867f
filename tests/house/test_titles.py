"""No page title names a patient: titles stay in the history of a computer that others use too.

tests/edges/test_reading.py looks at the titles of the pages themselves; here at every template.
"""

import re
from collections.abc import Iterator

from django.conf import settings

TITLE = re.compile(r"\{% block title %\}(.*?)\{% endblock(?: title)? %\}", re.DOTALL)
# {{ value }}, and the values that a blocktranslate takes over: with name=value
SHOWN = re.compile(r"\{\{ *([\w.]+)|\b\w+=([\w.]+)")
# Everything that a title shows, and what it is.
HARMLESS = {
    "shown": "a day", "monday": "a day", "day": "a day", "first": "a month",
    "number": "of a visit", "visit.visit_number": "of a visit", "n": "of a visit",
    "service.name": "of a service", "mail_name": "of the clinic",
    "shown.of.title": "of a list", "tab.label": "of a list", "list": "of a list",
    "change.title": "what changes of the hours", "view.kind": "kind of task", "month": "a month",
    "clinician.name": "of a clinician", "owner.name": "of a clinician or a room",
    "package.version.name": "of a package", "version.name": "of a package",
    "person.get_full_name": "of a member of staff", "name": "taken over from one of these",
}  # fmt: skip


def shown_in_titles() -> Iterator[tuple[str, str]]:
    """Yield each value that a title shows, with its template."""
    for path in sorted((settings.BASE_DIR / "templates").rglob("*.html")):
        for title in TITLE.findall(path.read_text()):
            for found in SHOWN.finditer(title):
                yield found[1] or found[2], str(path.relative_to(settings.BASE_DIR))


def test_titles_show_only_what_is_listed_here() -> None:
    shown = set(shown_in_titles())
    assert {(value, path) for value, path in shown if value not in HARMLESS} == set()
    assert HARMLESS.keys() <= {value for value, _ in shown}


def test_every_page_has_its_title_in_the_one_block() -> None:
    own = [
        path.name
        for path in (settings.BASE_DIR / "templates").rglob("*.html")
        if "<title>" in path.read_text()
    ]
    assert sorted(own) == ["base.html", "cannot_answer.html", "page.html"]
