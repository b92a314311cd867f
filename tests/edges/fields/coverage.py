"""Notice which fields are sent a bad value, and who looked at it: view, form class, module."""

import hashlib
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from django.forms.forms import BaseForm
from django.http import HttpResponse, QueryDict

from tests.edges.crawling import kind_of

APPS = ("booking", "clinic", "intake")
# The variable with the folder into which each test writes what it reached.
FOLDER = "RUN_READY_REACHED"
# With these the visitor may not send it, or it was refused before anybody looked at it.
REFUSED = {401, 403, 405, 413, 415, 429}
# With these a view may have looked at it and found that there is no such thing, or not.
NOT_FOUND = {400, 404}
SIGN_IN = {"account_login", "account_reauthenticate", "mfa_authenticate", "mfa_reauthenticate"}
_VARIES = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+")

_READING = {"get", "getlist", "_getlist", "items", "dict"}

Known = tuple[str, str]


def shape(name: str) -> str:
    """Return the name with a star for each number and id, as in rows of a table: visit-*."""
    return _VARIES.sub("*", name)


# --- What happens while values are sent -----------------------------------------------------------


@dataclass
class Reached:
    """What was seen and reached so far; each entry is where a field stands, and its name."""

    # Names that were looked for since it was last emptied, whether or not they were sent.
    wanted: set[str] = field(default_factory=set)
    seen: set[Known] = field(default_factory=set)
    reached: set[Known] = field(default_factory=set)
    _name: str = ""
    _value: str | None = None
    _forms: list[BaseForm] = field(default_factory=list)
    _reads: set[Known] = field(default_factory=set)
    # Modules that looked for names of theirs among all that were sent.
    _looked_for: set[str] = field(default_factory=set)

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        """From now on notice every form that is made and every name read from a request."""
        make = BaseForm.__init__

        def made(form: BaseForm, *args: Any, **kwargs: Any) -> None:
            make(form, *args, **kwargs)
            self._forms.append(form)

        patch.setattr(BaseForm, "__init__", made)
        for method in ("__getitem__", "__contains__", "getlist", "keys"):
            patch.setattr(QueryDict, method, self._reading(getattr(QueryDict, method)))

    def _reading(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def read(data: QueryDict, *args: Any, **kwargs: Any) -> Any:
            frame = sys._getframe(1)
            # The methods of the library that call one another; not those that fill the data.
            while frame.f_back and frame.f_code.co_name in _READING and _is_library(frame):
                frame = frame.f_back
            where = frame.f_globals["__name__"]
            if where.partition(".")[0] in APPS:
                if args and isinstance(args[0], str):
                    self._reads.add((where, args[0]))
                elif not args:
                    self._looked_for.add(where)
            return method(data, *args, **kwargs)

        return read

    def send(
        self, view: str, name: str, value: str, usual: list[str], post: Callable[[], HttpResponse]
    ) -> HttpResponse:
        """Send a value in this field to that view, and note what became of it."""
        self._forget(name, value)
        answer = post()
        self._note(view, name, answer if [value] != usual else None)
        return answer

    def look(self, names: Iterable[Known]) -> None:
        """Note the forms and reads of pages that were opened, and the fields that stand on them."""
        self.seen.update((view, shape(name)) for view, name in names)
        self._note("", "", None)
        self._forget("", None)

    def _forget(self, name: str, value: str | None) -> None:
        self._name, self._value = name, value
        self._forms.clear()
        self._reads.clear()
        self._looked_for.clear()

    def _note(self, view: str, name: str, answer: HttpResponse | None) -> None:
        found: set[Known] = set()
        for form in self._forms:
            where = f"{type(form).__module__}.{type(form).__qualname__}"
            for own, sent in names_of(form):
                self.wanted.add(sent)
                self.seen.add((where, shape(own)))
                if sent == name and form.is_bound and form._errors is not None:
                    found.add((where, shape(own)))
        for where, read in self._reads:
            self.wanted.add(read)
            self.seen.add((where, shape(read)))
            if read == name:
                found.add((where, shape(read)))
        if view:
            self.seen.add((view, shape(name)))
        if answer is not None and is_reached(view, answer, is_read=bool(found)):
            found |= {(where, shape(name)) for where in self._looked_for}
            self.reached |= {(view, shape(name)), *found}

    def write(self, folder: Path, name: str) -> None:
        """Write it into a file of that name."""
        content = {"seen": sorted(self.seen), "reached": sorted(self.reached)}
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.json").write_text(json.dumps(content))


def is_first(folder: Path, *words: str) -> bool:
    """Return whether no other test of the run asked for these words in this folder before.

    The file that says so names the test, for a run that was stopped in the middle of it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(json.dumps(words).encode()).hexdigest()
    try:
        with (folder / f"{name}.first").open("x") as file:
            file.write(os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0])
    except FileExistsError:
        return False
    return True


def is_reached(view: str, answer: HttpResponse, *, is_read: bool) -> bool:
    """Return whether the view looked at what was sent, and did not send the visitor away."""
    status = answer.status_code
    if status in REFUSED or (status in NOT_FOUND and not is_read):
        return False
    return kind_of(answer.get("Location", "")) not in SIGN_IN - {view}


def _is_library(frame: FrameType) -> bool:
    return frame.f_globals["__name__"] in ("django.utils.datastructures", "django.http.request")


def names_of(form: BaseForm) -> Iterator[tuple[str, str]]:
    """Yield for each input of the form its name there, and the name it is sent with."""
    for name, one in form.fields.items():
        for part in getattr(one.widget, "widgets_names", [""]):
            yield f"{name}{part}", f"{form.add_prefix(name)}{part}"
