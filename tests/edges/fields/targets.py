"""Every form that a visitor comes to: on the pages that links lead to, and on those behind forms.

Many forms stand on no page that a link leads to: what a form asks once more, the code after the
e-mail, the time that was just kept. In full, each form is therefore sent with something plausible,
and the forms of the page after it are looked at as well.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from tests.edges.crawling import (
    LEAVES_THE_SESSION,
    MOST_OF_A_KIND,
    Form,
    Page,
    crawl,
    kind_of,
    read,
)
from tests.edges.fields.coverage import shape
from tests.factories import PASSWORD
from tests.rounds import rounds

# Method, view, names of the fields, and the button that is pressed.
Key = tuple[str, str | None, tuple[str, ...], str]
MOST_REDIRECTS = 3
# What is typed where a page has nothing, so that the form is taken; by the end of the name.
PLAUSIBLE = {
    "login": "manager@sample.example",
    "email": "she@sample.example",
    "password": PASSWORD,
    "name": "Pat Example",
    "phone": "781 555 0133",
    "reason": "She asked for it",
    "text": "She asked for it",
    "first_day": "2027-02-03",
    "last_day": "2027-02-03",
    "month": "5",
    "day": "4",
    "year": "1992",
    "adult": "on",
    "record": "on",
    "contact": "on",
    "q": "pat",
    "sure": "1",
}


@dataclass(frozen=True)
class Target:
    """A form: where its first form stands, and which forms lead from that to it."""

    page: str
    form: Form
    path: tuple[Key, ...] = ()


def targets(
    client: Client,
    starts: list[str],
    depth: int,
    turn: int | None = None,
    most: int = rounds(1, MOST_OF_A_KIND),
) -> list[Target]:
    """Return each form once, with the first page it is on, and those up to so many forms behind.

    Of each kind of page that links lead to, `most` are looked at; 0 looks at `starts` alone. A form
    stands here as often as it has buttons. With `turn` it stands here once, with another button in
    each turn; without, pages and links with a query stand here as well, as forms.
    """
    found: dict[Key, Target] = {}
    with rolled_back(client):
        pages = list(crawl(client, starts, most))
    for page in pages:
        links = (*queries(page), Form(page.address, "get")) if turn is None else ()
        for form in (*ways(page.forms, turn), *links):
            found.setdefault(key_of(form), Target(page.address, form))
    level = list(found.values())
    for _ in range(depth):
        behind: dict[Key, Target] = {}
        for target in level:
            for form in _forms_after(client, target):
                key = key_of(form)
                if key not in found:
                    behind.setdefault(key, Target(target.page, target.form, (*target.path, key)))
        found |= behind
        level = list(behind.values())
    return list(found.values())


def key_of(form: Form) -> Key:
    """Return what two forms have in common that are the same: many pages have the same search."""
    pressed = "".join(f"{name}={value}" for name, value in form.buttons)
    return (form.method, kind_of(form.action), tuple(form.names()), shape(pressed))


def ways(forms: Iterable[Form], turn: int | None = None) -> Iterator[Form]:
    """Yield each form as often as it has buttons, with only the pressed one among its fields.

    With `turn` each form is yielded once, with the button whose turn it is.
    """
    for form in forms:
        named = {name for name, _value in form.buttons}
        common = {name: values for name, values in form.fields.items() if name not in named}
        buttons = form.buttons or [("", "")]
        for name, value in buttons if turn is None else [buttons[turn % len(buttons)]]:
            fields = {**common, name: [value]} if name else common
            yield Form(form.action, form.method, fields, [(name, value)])


def queries(page: Page) -> Iterator[Form]:
    """Yield for each link with a query a form that sends what the link says."""
    for link in page.links:
        parts = urlsplit(link)
        if parts.query and kind_of(link):
            yield Form(parts.path, "get", parse_qs(parts.query, keep_blank_values=True))


@contextmanager
def rolled_back(client: Client) -> Iterator[None]:
    """Undo afterwards what is done with this client, in the database and in its cookies."""
    cookies = deepcopy(client.cookies)
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    client.cookies = cookies


def send(client: Client, form: Form, sent: dict[str, Any]) -> HttpResponse:
    """Send the form with these values."""
    answer: HttpResponse = (client.post if form.method == "post" else client.get)(form.action, sent)
    return answer


def come_to(client: Client, target: Target) -> Form | None:
    """Open the page and send the forms before this one; return it as the page then has it.

    The page is opened anew, as what was looked at since may have ended what began there.
    """
    opened = client.get(target.page)
    there = read(target.page, opened.content.decode()).forms if is_page(opened) else ()
    first = key_of(target.form)
    form = next((one for one in ways(there) if key_of(one) == first), target.form)
    for key in target.path:
        after = {key_of(one): one for one in _press(client, form)}
        if key not in after:
            return None
        form = after[key]
    return form


def is_page(answer: HttpResponse) -> bool:
    """Return whether the answer is a page, and no file."""
    return answer.headers.get("Content-Type", "").startswith("text/html")


def _forms_after(client: Client, target: Target) -> list[Form]:
    if target.form.method != "post" or kind_of(target.form.action) in LEAVES_THE_SESSION:
        return []
    with rolled_back(client):
        form = come_to(client, target)
        return _press(client, form) if form else []


def _press(client: Client, form: Form) -> list[Form]:
    """Send the form with something plausible; return the forms of the page it leads to."""
    address, answer = form.action, send(client, form, filled(form))
    for _ in range(MOST_REDIRECTS):
        if answer.status_code not in (301, 302, 303):
            break
        address = urljoin(address, answer["Location"])
        if kind_of(address) is None:
            return []
        answer = client.get(address)
    return list(ways(read(address, answer.content.decode()).forms)) if is_page(answer) else []


def filled(form: Form) -> dict[str, list[str]]:
    """Return what the form sends, with something plausible where it is empty."""
    return {
        name: values if any(values) else [_plausible(name)] for name, values in form.fields.items()
    }


def _plausible(name: str) -> str:
    return next((text for end, text in PLAUSIBLE.items() if name.endswith(end)), "")
