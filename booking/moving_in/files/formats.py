"""Which columns of which system mean what: a table for each kind of file.

Each column stands in the published description that `source` names; docs/moving-in.md says when it
was read. A column that could not be found there is not here.
"""

# mypy: disallow-any-explicit

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Kind = Literal["patients", "packages", "visits"]
# In this order they are judged and imported: each refers to those before it.
KINDS: tuple[Kind, ...] = ("patients", "packages", "visits")
# How dates of numbers are written where the year does not come first.
MONTH_FIRST, DAY_FIRST = "month first", "day first"
NO_WORDS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Layout:
    """One file of a system: the columns that are read, by what they mean to us.

    Of several columns for one meaning the first that holds something is read. `needs` are the
    meanings without which it is not this file. `not_ahead` maps the words of a status that is no
    visit ahead to a reason; with `only`, every other status is none. `series` names the column
    that is neither empty nor 0 in a row that stands for several visits.
    """

    columns: Mapping[str, tuple[str, ...]]
    needs: tuple[str, ...]
    dates: str = MONTH_FIRST
    not_ahead: Mapping[str, str] = field(default_factory=lambda: NO_WORDS)
    only: frozenset[str] = frozenset()
    series: str = ""

    @property
    def read(self) -> list[str]:
        """The names of the columns that are read."""
        named = [name for names in self.columns.values() for name in names]
        return list(dict.fromkeys([*named, *([self.series] if self.series else [])]))

    def fits(self, names: Iterable[str]) -> bool:
        """Return whether a file with these columns can be of this layout."""
        return not self.lacks(names)

    def lacks(self, names: Iterable[str]) -> list[str]:
        """Return the columns that it needs and the file does not have."""
        there = set(names)
        return [
            " / ".join(self.columns[one])
            for one in self.needs
            if not there.intersection(self.columns[one])
        ]


@dataclass(frozen=True)
class Format:
    """The files of one system, and where they are described in public."""

    key: str
    title: str
    source: str
    files: Mapping[Kind, Layout]


# Our own template. Its columns are the meanings themselves.
_CONTACT = ("name", "birth_date", "phone", "email")
TEMPLATE = Format(
    "template",
    "Template of Run Ready",
    "",
    {
        "patients": Layout(
            {one: (one,) for one in ("number", *_CONTACT, "interpreter")}, needs=("name",)
        ),
        "packages": Layout(
            {
                one: (one,)
                for one in (
                    *("number", *_CONTACT, "package", "sold_on", "expires_on", "gave_birth_on"),
                    *("visits_used", "visit_dates", "clinician", "still_to_pay"),
                )
            },
            needs=("package", "sold_on", "visits_used"),
        ),
        "visits": Layout(
            {
                one: (one,)
                for one in ("number", *_CONTACT, "date", "time", "service", "clinician", "status")
            },
            needs=("date", "time", "service", "clinician"),
            not_ahead={"cancelled": "cancelled", "canceled": "cancelled", "no show": "cancelled"},
        ),
    },
)

OPENEMR = Format(
    "openemr",
    "OpenEMR",
    "https://www.open-emr.org/documentation/8.3.0/b10/",
    {
        "patients": Layout(
            {
                "number": ("pid",),
                "first": ("fname",),
                "middle": ("mname",),
                "last": ("lname",),
                "birth_date": ("DOB",),
                "phone": ("phone_cell", "phone_home", "phone_contact", "phone_biz"),
                "email": ("email",),
            },
            needs=("number", "first", "last", "birth_date"),
        ),
        "visits": Layout(
            {
                "number": ("pc_pid",),
                "date": ("pc_eventDate",),
                "time": ("pc_startTime",),
                "service": ("pc_title",),
                "clinician": ("pc_aid",),
                "status": ("pc_apptstatus",),
            },
            needs=("number", "date", "time", "service", "clinician"),
            # The signs of its list "apptstat" as it is shipped.
            not_ahead={
                "x": "cancelled",
                "%": "cancelled",
                "?": "cancelled",
                "!": "cancelled",
                ">": "past",
            },
            series="pc_recurrtype",
        ),
    },
)

WEBPT = Format(
    "webpt",
    "WebPT (standard extract)",
    "https://help.analytics.webpt.com/article/1426-appointments-standard-extract-table",
    {
        "visits": Layout(
            {
                "number": ("patient_id",),
                "starts": ("start_date",),
                "service": ("appointment_type", "apt_apttype"),
                "clinician": ("calendar_title",),
                "status": ("appointment_status",),
                "checked_in": ("check_in_time",),
            },
            needs=("number", "starts", "service", "clinician", "status"),
            only=frozenset({"active"}),
        ),
    },
)

NOOKAL = Format(
    "nookal",
    "Nookal (clients)",
    "https://www.nookal.com/help/moving-to-nookal-do-it-yourself",
    {
        "patients": Layout(
            {
                "first": ("First Name",),
                "middle": ("Middle Name",),
                "last": ("Last Name",),
                "birth_date": ("Date of Birth",),
                "phone": ("Mobile Phone", "Home Phone", "Work Phone"),
                "email": ("Email Address",),
            },
            needs=("first", "last", "birth_date"),
            dates=DAY_FIRST,
        ),
    },
)

EPIC = Format(
    "epic",
    "Epic (EHI Tables, PATIENT)",
    "https://open.epic.com/EHITables/GetTable/PATIENT.htm",
    {
        "patients": Layout(
            {
                "number": ("PAT_ID",),
                "last_first": ("PAT_NAME",),
                "birth_date": ("BIRTH_DATE",),
                "phone": ("HOME_PHONE", "WORK_PHONE"),
                "email": ("EMAIL_ADDRESS",),
            },
            needs=("number", "last_first", "birth_date"),
        ),
    },
)

FORMATS = {one.key: one for one in (TEMPLATE, OPENEMR, WEBPT, NOOKAL, EPIC)}


def format_of(kind: Kind, names: Iterable[str], *, wanted: str = "") -> Format | None:
    """Return the format of a file with these columns: the one that reads most of them.

    With `wanted` only that one, or our template for a kind of file that it does not have.
    """
    there = set(names)
    asked = [FORMATS[wanted]] if wanted else list(FORMATS.values())
    if wanted and kind not in FORMATS[wanted].files:
        asked = [TEMPLATE]
    found = [one for one in asked if kind in one.files and one.files[kind].fits(there)]
    return max(found, key=lambda one: len(there.intersection(one.files[kind].read)), default=None)


def unread(layout: Layout, names: Iterable[str]) -> list[str]:
    """Return the columns of the file that this layout does not read."""
    read = set(layout.read)
    return [one for one in names if one and one not in read]
