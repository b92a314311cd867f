"""The names of a browser and its system, from what the browser says of itself."""

# mypy: disallow-any-explicit

from collections.abc import Sequence

# What stands in a browser's own words, and its name. Most say that they are others, too, so the
# first that fits counts.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "Chromebook"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


def device_of(says: str) -> tuple[str, str]:
    """Return (browser, system) for a User-Agent header; each is "" if it is not known."""
    return _first(BROWSERS, says), _first(SYSTEMS, says)


def _first(names: Sequence[tuple[str, str]], says: str) -> str:
    return next((name for sign, name in names if sign in says), "")
