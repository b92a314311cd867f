"""Find pages and forms as a visitor would: follow links, and read what is on each page."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.test import Client
from django.urls import Resolver404, resolve

# Pages of one kind to look at: a list of fifty visits leads to fifty pages that are alike.
MOST_OF_A_KIND = 2
LEAVES_THE_SESSION = {"account_logout", "mfa_deactivate_totp"}


@dataclass
class Form:
    """A form of a page. `fields` holds what would be sent if nothing was filled in.

    All of its buttons are among the fields; a browser sends the one that is pressed. `buttons` has
    name and value of each, and ("", "") for one without a name.
    """

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def names(self) -> list[str]:
        """Return the names of the fields, without the CSRF token."""
        return [name for name in self.fields if name != "csrfmiddlewaretoken"]


class _Reader(HTMLParser):
    """Collects the links and forms of one page."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select = ""
        self._by_id: dict[str, Form] = {}
        # What belongs to a form by its id and may stand before it.
        self._apart: list[tuple[str, dict[str, str]]] = []

    def close(self) -> None:
        """Add to the forms what stands apart from them."""
        super().close()
        for tag, given in self._apart:
            self._form = self._by_id.get(given["form"])
            if self._form is not None:
                self._read_field(tag, given)
        self._form = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.links.append(urljoin(self.address, given["href"]))
        elif tag == "form":
            action = urljoin(self.address, given.get("action", "")).partition("#")[0]
            self._form = Form(action, given.get("method", "get").lower())
            self.forms.append(self._form)
            self._by_id[given.get("id", "")] = self._form
        elif given.get("form"):
            self._apart.append((tag, given))
        elif self._form is not None:
            self._read_field(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""

    def _read_field(self, tag: str, given: dict[str, str]) -> None:
        assert self._form is not None
        name = given.get("name", "")
        if tag == "select":
            self._select = name
            self._form.fields.setdefault(name, [])
        elif tag == "option" and self._select:
            values = self._form.fields[self._select]
            # Without a selected option a browser sends the first.
            if "selected" in given or not values:
                values[:] = [given.get("value", "")]
        elif tag == "textarea" and name:
            self._form.fields.setdefault(name, [""])
        elif tag == "button" and given.get("type", "submit") == "submit":
            self._form.buttons.append((name, given.get("value", "") if name else ""))
        if tag in ("input", "button") and name:
            self._read_input(name, given)

    def _read_input(self, name: str, given: dict[str, str]) -> None:
        assert self._form is not None
        values = self._form.fields.setdefault(name, [])
        kind = given.get("type")
        value = given.get("value", "on" if kind in ("radio", "checkbox") else "")
        # Some value of each group of radio buttons is to be sent, even if none is checked.
        is_first_radio = kind == "radio" and not values
        if kind == "hidden" or (kind == "checkbox" and "checked" in given):
            # There may be several of one name, and all are sent.
            values.append(value)
        elif kind not in ("radio", "checkbox") or is_first_radio or "checked" in given:
            values[:] = [value]


@dataclass(frozen=True)
class Page:
    """A page that answered 200, with its links and forms."""

    address: str
    kind: str
    body: str
    links: tuple[str, ...]
    forms: tuple[Form, ...]


def kind_of(address: str) -> str | None:
    """Return the name of the view at an address of the site, or None for any other address."""
    parts = urlsplit(address)
    try:
        return None if parts.netloc or not parts.path else resolve(parts.path).view_name
    except Resolver404:
        return None


def crawl(client: Client, starts: list[str], most: int = MOST_OF_A_KIND) -> Iterator[Page]:
    """Yield the pages of `starts`, and of those reached by links at most so many of each kind."""
    waiting, known, seen = list(starts), set(starts), Counter[str]()
    while waiting:
        address = waiting.pop(0)
        kind = kind_of(address)
        is_enough = seen[kind] >= most and address not in starts
        if kind is None or kind in LEAVES_THE_SESSION or is_enough:
            continue
        seen[kind] += 1
        answer = client.get(address)
        assert answer.status_code < 500, f"{address} answered {answer.status_code}"
        if answer.status_code in (301, 302, 303):
            links = [urljoin(address, answer["Location"])]
        elif answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            page = read(address, answer.content.decode())
            links = list(page.links)
            yield page
        else:
            continue
        targets = [link.partition("#")[0] for link in links]
        for link in targets:
            if link not in known:
                known.add(link)
                waiting.append(link)


def read(address: str, body: str) -> Page:
    """Return the page with the links and forms found in its body."""
    reader = _Reader(address)
    reader.feed(body)
    reader.close()
    return Page(address, kind_of(address) or "", body, tuple(reader.links), tuple(reader.forms))
