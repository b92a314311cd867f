"""House rules as system checks: a view without an access decorator does not start."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import Error
from django.urls import URLPattern, URLResolver, get_resolver

# Views of the sign-in library guard themselves.
LIBRARY = ("allauth.",)


def _patterns(resolver: Any) -> Iterator[URLPattern]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _patterns(entry)
        else:
            yield entry


def every_view_has_an_audience(**kwargs: object) -> list[Error]:
    """Find views that do not say who may enter."""
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
