"""The links in the staff navigation. Each app registers its own in AppConfig.ready."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

# The roles a link can be for: names of attributes of the user.
ROLES = MANAGER, CLINICIAN, ACCESS_ADMIN = "is_manager", "is_clinician", "is_access_admin"


@dataclass(frozen=True)
class NavEntry:
    """A link: its roles, where it leads, and on which pages it is marked as the current one.

    `page` and `also_on` are URL names. Two links may lead to the same page: the one with a `tab` is
    current when the query string names that tab, and the other names it in `but_not_tab`.
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
        """Return whether this link is the current one on the page of that URL name and tab."""
        if page == self.page:
            return tab == self.tab if self.tab else not tab or tab != self.but_not_tab
        return page in self.also_on


@dataclass(frozen=True)
class ShownEntry:
    """A link as one page shows it to one person."""

    title: Any
    url: str
    is_current: bool


_ENTRIES: list[NavEntry] = []


def register_entries(entries: Iterable[NavEntry]) -> None:
    """Add links to the navigation. They are shown in the order of their positions."""
    _ENTRIES.extend(entries)
    _ENTRIES.sort(key=lambda entry: entry.position)


def entries_for(request: HttpRequest) -> list[ShownEntry]:
    """Return the links for the roles of the signed-in user, in order."""
    match, tab = request.resolver_match, request.GET.get("tab", "")
    # None on an error page, for an address that leads nowhere.
    page = (match.url_name or "") if match is not None else ""
    roles = {role for role in ROLES if getattr(request.user, role, False)}
    return [
        ShownEntry(entry.title, entry.url, entry.is_current(page, tab))
        for entry in _ENTRIES
        if roles & entry.roles
    ]


# The links of the clinic app itself.
ENTRIES = (
    NavEntry(
        75,
        _("Set-up"),
        "before_you_open",
        frozenset({MANAGER, ACCESS_ADMIN}),
        frozenset(
            {
                "clinic_facts",
                "clinic_zone",
                "about_backups",
                "mail_test",
                "open_clinic",
                "usual_clinic",
                "holidays",
                "walk_through",
            }
        ),
    ),
    NavEntry(80, _("People"), "people", frozenset({ACCESS_ADMIN})),
    NavEntry(85, _("Log"), "audit_log", frozenset({ACCESS_ADMIN})),
)
