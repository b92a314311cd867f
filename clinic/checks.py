"""System checks of our own.

The site does not start with a view that has no access decorator or with keys that are not those of
its database, and says which variables of the environment it no longer reads.
"""

import os
import zoneinfo
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import Error
from django.db import DatabaseError
from django.urls import URLPattern, URLResolver, get_resolver

from clinic.database.sealed import WrongKeys
from clinic.keys.checking import stored_problem
from clinic.practice import zone_data

# The sign-in library decides itself who may see its views.
LIBRARY = ("allauth.",)


def _patterns(resolver: Any) -> Iterator[URLPattern]:
    """Yield every URL pattern, those of included URL configurations too."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _patterns(entry)
        else:
            yield entry


def every_view_has_an_audience(**kwargs: object) -> list[Error]:
    """Return an error for each view that does not say who may use it."""
    return [
        Error(
            f"{pattern.callback.__module__}.{pattern.callback.__name__} says no audience",
            hint="Add a decorator of clinic.security.access.",
            id="clinic.E001",
        )
        for pattern in _patterns(get_resolver())
        if not pattern.callback.__module__.startswith(LIBRARY)
        and not hasattr(pattern.callback, "audience")
    ]


# Variables that were read once, each with what took its place.
_ON_SCREEN = "It is entered on the page “The clinic” now."
NO_LONGER_READ = {
    "CLINIC_HOURS": "Enter the clinic's hours on the desk's page of hours.",
    "CLINIC_NAME": _ON_SCREEN,
    "CLINIC_MAIL_NAME": _ON_SCREEN,
    "CLINIC_PHONE": _ON_SCREEN,
    "CLINIC_ADDRESS": _ON_SCREEN,
    "LOCAL_CRISIS_LINE": _ON_SCREEN,
}


def no_variable_is_ignored(**kwargs: object) -> list[checks.Warning]:
    """Return a warning for each variable of the environment that is set and no longer read."""
    return [
        checks.Warning(f"{name} is no longer read.", hint=hint, id="clinic.W002")
        for name, hint in NO_LONGER_READ.items()
        if os.environ.get(name, "").strip()
    ]


def zone_data_is_the_pinned_one(**kwargs: object) -> list[checks.CheckMessage]:
    """Return an error if the machine's zone files would be read, and a warning for another release.

    Both name the release that counts.
    """
    found: list[checks.CheckMessage] = []
    release = zone_data.release()
    if not zone_data.is_pinned():
        folders = ", ".join(zoneinfo.TZPATH)
        found.append(
            Error(
                f"Zones are read from {folders}, not from tzdata {release}.",
                hint="Something called zoneinfo.reset_tzpath after clinic/__init__.py did.",
                id="clinic.E004",
            )
        )
    wanted = zone_data.pinned_release(settings.BASE_DIR / "requirements.in")
    if wanted is not None and wanted != release.partition(" ")[0]:
        found.append(
            checks.Warning(
                f"The zone data are tzdata {release}, and {wanted} is pinned.",
                hint="Install requirements.txt, then start every process anew.",
                id="clinic.W003",
            )
        )
    return found


def keys_are_those_of_the_database(**kwargs: object) -> list[Error]:
    """Return an error if what is stored cannot be opened, or found, with the keys that are given.

    Without a database that answers and has its tables there is nothing to compare with.
    """
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3") and not Path(database["NAME"]).exists():
        return []  # connecting would make an empty file
    try:
        sentence = stored_problem()
    except WrongKeys as error:
        sentence = str(error)
    except DatabaseError:
        return []
    return [Error(sentence, id="clinic.E002")] if sentence else []
