"""Write what was typed back into the form of a page.

The page is left as it is, byte for byte, but for the values of one form. This works for every form
of the product, also those that no form class describes, and without a script.
"""

# mypy: disallow-any-explicit

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from clinic.kept_forms.never_kept import GATES, is_secret

# These are not values that somebody typed, or are new with every page.
_LEFT_ALONE = frozenset({"submit", "button", "reset", "image", "file", "password"})
_NEW_EACH_TIME = frozenset({"form_key"})

Attrs = Mapping[str, str]
Edit = tuple[int, int, str]


@dataclass(frozen=True)
class Typed:
    """What was sent: the path it was sent to, and the values of each field, in order."""

    action: str
    fields: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Refilled:
    """The page with the form filled in.

    `is_found` says whether the form was on it, `has_typed` whether a visible field of it took a
    value. `left` is what no field took, as (label, values).
    """

    html: str
    is_gate: bool = False
    is_found: bool = False
    has_typed: bool = False
    left: Sequence[tuple[str, Sequence[str]]] = ()


@dataclass
class _Control:
    """A field of a form. `start` and `end` are those of its tag, `inside` of a textarea's text."""

    tag: str
    attrs: Attrs
    start: int
    end: int
    form: int | None
    inside: tuple[int, int] = (0, 0)
    options: list["_Control"] = field(default_factory=list)
    text: str = ""

    @property
    def name(self) -> str:
        return self.attrs.get("name", "")

    @property
    def kind(self) -> str:
        return self.attrs.get("type", "text").lower() if self.tag == "input" else self.tag


@dataclass
class _Form:
    attrs: Attrs
    controls: list[_Control] = field(default_factory=list)


class _Page(HTMLParser):
    """The forms of a page with the places of their fields, and its labels."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[_Form] = []
        self.controls: list[_Control] = []
        self.labels: dict[str, str] = {}
        self._form: int | None = None
        self._open: _Control | None = None
        self._select: _Control | None = None
        self._label: str | None = None
        # The parser counts lines by line feeds alone.
        self._lines = [0, *(found.end() for found in re.finditer("\n", html))]
        self.feed(html)
        self.close()

    def _here(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        start = self._here()
        end = start + len(self.get_starttag_text() or "")
        named = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(_Form(named))
            self._form = len(self.forms) - 1
        elif tag == "label":
            self._label = named.get("for")
        elif tag in ("input", "select", "textarea", "button"):
            control = _Control(tag, named, start, end, self._form, (end, end))
            self.controls.append(control)
            self._select = control if tag == "select" else self._select
            self._open = control if tag == "textarea" else None
        elif tag == "option" and self._select is not None:
            self._open = _Control(tag, named, start, end, self._form)
            self._select.options.append(self._open)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "label":
            self._label = None
        elif tag == "select":
            self._select = self._open = None
        elif tag == "textarea" and self._open is not None:
            self._open.inside = (self._open.inside[0], self._here())
            self._open = None
        elif tag == "option":
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self._open.text += data
        if self._label is not None:
            self.labels[self._label] = self.labels.get(self._label, "") + data

    def fields_of(self, number: int) -> list[_Control]:
        """Return the fields of one form, also those that stand outside of it and name it."""
        own = self.forms[number].attrs.get("id")
        return [
            one
            for one in self.controls
            if (one.attrs["form"] == own if "form" in one.attrs else one.form == number)
        ]

    def label_of(self, control: _Control) -> str:
        words = " ".join(self.labels.get(control.attrs.get("id", ""), "").split())
        return words or control.attrs.get("aria-label", "") or in_words(control.name)


def in_words(name: str) -> str:
    """Return the name of a field as a label, for a field that has none: "early_reason"."""
    words = name.replace("_", " ").replace("-", " ").replace(".", " ").strip()
    return words[:1].upper() + words[1:]


def refilled(html: str, page: str, typed: Typed) -> Refilled:
    """Return the page at the path `page` with what was typed in its form.

    A page that first asks who it is takes nothing: what was typed waits for the page behind it, and
    then `is_gate` is true.
    """
    read = _Page(html)
    if any(one.name in GATES for one in read.controls):
        return Refilled(html, is_gate=True)
    fields = _fields_of_form(read, page, typed)
    filling = _Filling(read, typed, fields)
    edits = list(filling.edits())
    return Refilled(
        _edited(html, edits),
        is_found=bool(fields),
        has_typed=filling.has_typed,
        left=filling.left(),
    )


def with_notice(html: str, notice: str) -> str:
    """Return the page with the notice (HTML) at the top of its main part, else at its end."""
    found = re.search(r"<main\b[^>]*>", html)
    at = found.end() if found else len(html)
    return html[:at] + notice + html[at:]


def _fields_of_form(read: _Page, page: str, typed: Typed) -> list[_Control]:
    """Return the fields of the form that was sent; empty when it is not on the page.

    Of several with the same address, as the rows of a list have, it is the one whose hidden fields
    are as they were sent.
    """
    found = [
        read.fields_of(number)
        for number, form in enumerate(read.forms)
        if form.attrs.get("method", "").lower() == "post"
        and urlsplit(urljoin(page, form.attrs.get("action", ""))).path == typed.action
    ]
    return max(found, key=lambda fields: _likeness(fields, typed), default=[])


def _likeness(fields: Sequence[_Control], typed: Typed) -> tuple[int, int]:
    hidden = [one for one in fields if one.kind == "hidden" and not is_secret(one.name)]
    same = sum(one.attrs.get("value", "") in typed.fields.get(one.name, ()) for one in hidden)
    known = len({one.name for one in fields} & typed.fields.keys())
    return same, known


class _Filling:
    """The changes that fill one form in, and what is left after them."""

    def __init__(self, read: _Page, typed: Typed, fields: Sequence[_Control]) -> None:
        self._read = read
        self._fields = fields
        self._waiting = {name: list(values) for name, values in typed.fields.items()}
        self._labels: dict[str, str] = {}
        self._sent = typed.fields
        self.has_typed = False

    def edits(self) -> Iterator[Edit]:
        for control in self._fields:
            if is_secret(control.name) or control.name in _NEW_EACH_TIME:
                self._waiting.pop(control.name, None)
            elif control.kind in _LEFT_ALONE:
                # A button that was pressed is pressed again by her, not by us.
                self._waiting.pop(control.name, None)
            else:
                self._labels.setdefault(control.name, self._read.label_of(control))
                yield from self._filled(control)

    def left(self) -> list[tuple[str, Sequence[str]]]:
        """Return what no field took, without what is empty."""
        found: list[tuple[str, Sequence[str]]] = []
        for name, values in self._waiting.items():
            told = [value for value in values if value.strip()]
            if told and not is_secret(name) and name not in _NEW_EACH_TIME:
                found.append((self._labels.get(name) or in_words(name), told))
        return found

    def _filled(self, control: _Control) -> Iterator[Edit]:
        if "disabled" in control.attrs:
            return
        if control.kind in ("checkbox", "radio"):
            # A box that was not sent was not ticked.
            is_on = self._took(control.name, control.attrs.get("value", "on"))
            self.has_typed |= is_on
            yield _tag(control, without="checked", extra={"checked": ""} if is_on else {})
        elif control.tag == "select":
            yield from self._chosen(control)
        elif control.name in self._sent:
            values = self._waiting.get(control.name, [])
            if not values:
                return
            value = values.pop(0)
            self.has_typed |= control.kind != "hidden" and bool(value.strip())
            if control.tag == "textarea":
                # A browser drops the first line feed inside a textarea.
                yield (*control.inside, "\n" + escape(value))
            else:
                yield _tag(control, without="value", extra={"value": value})

    def _chosen(self, control: _Control) -> Iterator[Edit]:
        if control.name not in self._sent:
            return
        for option in control.options:
            value = option.attrs.get("value", option.text.strip())
            is_on = self._took(control.name, value)
            self.has_typed |= is_on and bool(value)
            yield _tag(option, without="selected", extra={"selected": ""} if is_on else {})

    def _took(self, name: str, value: str) -> bool:
        """Tell whether this value was sent for the field, and take it from what waits."""
        if value not in self._sent.get(name, ()):
            return False
        if value in self._waiting.get(name, ()):
            self._waiting[name].remove(value)
        return True


def _tag(control: _Control, *, without: str, extra: Attrs) -> Edit:
    """Return the start tag of a field with one attribute changed."""
    attrs = {name: value for name, value in control.attrs.items() if name != without}
    written = "".join(f' {name}="{escape(value)}"' for name, value in {**attrs, **extra}.items())
    return control.start, control.end, f"<{control.tag}{written}>"


def _edited(html: str, edits: Sequence[Edit]) -> str:
    parts, done = [], 0
    for start, end, text in sorted(edits):
        parts += [html[done:start], text]
        done = end
    return "".join([*parts, html[done:]])
