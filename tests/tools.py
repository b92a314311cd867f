"""Find the programs the tests need: PostgreSQL, Redis, Chromium and gettext.

`python -m tests.tools` prints the packages that are missing, or an empty line. It runs before
anything is installed, so it uses nothing but Python. A server is not needed when its address is
given (DATABASE_URL, REDIS_URL).
"""

import os
import shutil
from glob import glob
from pathlib import Path

POSTGRES_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
)
# The shell without windows first: it draws the same pages with a fifth less work. Not
# chromium-browser: on Ubuntu it installs a snap, and a snap's browser cannot be driven.
BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome", "google-chrome-stable")
BROWSER_FILES = (
    "~/.cache/ms-playwright/chromium_headless_shell-*/*/*headless*shell",
    "~/.cache/ms-playwright/chromium-*/chrome-linux*/chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def postgres_bin() -> Path | None:
    """Return the folder with `initdb` and `postgres`, the newest version of several, or None."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    for pattern in POSTGRES_FOLDERS:
        folders += [Path(found) for found in sorted(glob(pattern), key=_version, reverse=True)]
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


def redis_server() -> str | None:
    """Return the path of `redis-server`, or None."""
    return shutil.which("redis-server")


def chromium() -> str | None:
    """Return the path in CHROMIUM if set, else of an installed Chromium or Chrome, or None."""
    if given := os.environ.get("CHROMIUM"):
        return given
    found = [path for path in map(shutil.which, BROWSERS) if path and not _is_snap(path)]
    for pattern in BROWSER_FILES:
        found += sorted(glob(str(Path(pattern).expanduser())), key=_version, reverse=True)
    return next(iter(found), None)


def missing() -> list[str]:
    """Return the packages to install, by their names in Debian, or in Homebrew where it is used."""
    packages = []
    if not os.environ.get("DATABASE_URL") and not postgres_bin():
        packages.append("postgresql")
    if not os.environ.get("REDIS_URL") and not redis_server():
        packages.append("redis" if shutil.which("brew") else "redis-server")
    if not chromium():
        is_brew = shutil.which("brew")
        packages += ["chromium"] if is_brew else ["chromium-headless-shell", "fonts-liberation"]
    if not shutil.which("xgettext"):
        packages.append("gettext")
    return packages


def _version(folder: str) -> list[int]:
    """Return the numbers in a path, by which 15 comes after 9."""
    return [int(part) for part in "".join(c if c.isdigit() else " " for c in folder).split()]


def _is_snap(path: str) -> bool:
    return str(Path(path).resolve()).startswith(("/snap/", "/usr/bin/snap"))


if __name__ == "__main__":
    print(" ".join(missing()))
