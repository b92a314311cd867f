"""The links of the staff bar. Each app registers its own when it starts; clinic draws them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

# The roles a link can be for, as the user's row names them.
ROLES = MANAGER, CLINICIAN, ACCESS_ADMIN = "is_manager", "is_clinician", "is_access_admin"


@dataclass(frozen=True)
class NavEntry:
    """One link: for whom, where it leads, and on which pages it is marked as the current one.

    `page` and `also_on` are names of addresses. Two links may lead to one page: the one with a
    `tab` is current when the address asks for it, the other names it in `but_not_tab`.
    """

    position: int
    title: Any
    page: str
    roles: frozenset[str]
    also_on: frozenset[str] = field(default_factory=frozenset)
    tab: str = ""
    but_not_tab: str = ""

    @property
    def url(self) -> str:
        """The address the link leads to."""
        return reverse(self.page) + (f"?tab={self.tab}" if self.tab else "")

    def is_current(self, page: str, tab: str) -> bool:
        """Tell whether the page of this name, with this tab, belongs to the link."""
        if page == self.page:
            return tab == self.tab if self.tab else not tab or tab != self.but_not_tab
        return page in self.also_on


@dataclass(frozen=True)
class ShownEntry:
    """A link as the bar shows it to one person on one page."""

    title: Any
    url: str
    is_current: bool


_ENTRIES: list[NavEntry] = []


def register_entries(entries: Iterable[NavEntry]) -> None:
    """Add links to the staff bar. They stand in the order of their positions."""
    _ENTRIES.extend(entries)
    _ENTRIES.sort(key=lambda entry: entry.position)


def entries_for(request: HttpRequest) -> list[ShownEntry]:
    """Return the links that the signed-in person has, in order; an empty list for others."""
    match, tab = request.resolver_match, request.GET.get("tab", "")
    page = (match.url_name or "") if match is not None else ""
    roles = {role for role in ROLES if getattr(request.user, role, False)}
    return [
        ShownEntry(entry.title, entry.url, entry.is_current(page, tab))
        for entry in _ENTRIES
        if roles & entry.roles
    ]


# The one link of clinic's own.
ENTRIES = (NavEntry(80, _("People"), "people", frozenset({ACCESS_ADMIN})),)
