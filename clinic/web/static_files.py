"""Static files: the few files of libraries that pages use, and what is served of all."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bootstrap
import django_htmx
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage
from whitenoise.middleware import WhiteNoiseMiddleware

_BOOTSTRAP = Path(next(iter(bootstrap.__path__)))
_HTMX = Path(django_htmx.__file__).parent / "static" / "django_htmx"
LIBRARY_FILES = {
    "bootstrap.min.css": _BOOTSTRAP / "css",
    "bootstrap.min.css.map": _BOOTSTRAP / "css",
    "htmx-2.min.js": _HTMX,
}


class _LibraryStorage(FileSystemStorage):
    """A storage whose files `collectstatic` puts under the prefix."""

    prefix = "library"


class LibraryFilesFinder(BaseFinder):
    """Find `library/<name>` for each file in LIBRARY_FILES."""

    def check(self, **kwargs: object) -> list[CheckMessage]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: object) -> Any:
        folder, _, name = path.rpartition("/")
        if folder != "library" or name not in LIBRARY_FILES:
            return []
        found = str(LIBRARY_FILES[name] / name)
        return [found] if find_all else found

    def list(self, ignore_patterns: object) -> Iterator[tuple[str, FileSystemStorage]]:
        for name, folder in LIBRARY_FILES.items():
            storage = _LibraryStorage(location=folder)
            yield name, storage


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """Serve the static files, but not the list of all of them that stands among them."""

    def add_file_to_dictionary(self, url: str, path: str, stat_cache: Any = None) -> None:
        if not url.endswith("/staticfiles.json"):
            super().add_file_to_dictionary(url, path, stat_cache)
