"""Which zone data count: those of the pinned package `tzdata`, in every process.

Left alone, Python reads the machine's own files and takes the package only where there are none.
Two machines, or two processes of one, could then show a visit at two times. clinic/__init__.py
calls `use_pinned`, since it is the first of our modules in every process.
"""

import sysconfig
import zoneinfo
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

_PIN = "tzdata=="


def use_pinned() -> None:
    """Let the package alone decide from now on, also about zones that were made before."""
    zoneinfo.reset_tzpath(to=[])
    # What was made from the machine's files would be handed out again. An instance that somebody
    # holds already stays as it is; libraries hold UTC, which no law changes.
    ZoneInfo.clear_cache()


def is_pinned() -> bool:
    """Return whether the package decides in this process."""
    return zoneinfo.TZPATH == ()


def release() -> str:
    """Return which release of the zone data counts, as "2026.6 (2026f)"."""
    # The first line of the sources: "# version 2026f".
    with (files("tzdata") / "zoneinfo" / "tzdata.zi").open(encoding="utf-8") as source:
        name = source.readline().rpartition(" ")[2].strip()
    return f"{version('tzdata')} ({name})"


def pinned_release(requirements: Path) -> str | None:
    """Return which release the file of requirements pins, None where it is not there."""
    if not requirements.exists():
        return None
    lines = requirements.read_text(encoding="utf-8").split()
    return next((one[len(_PIN) :] for one in lines if one.startswith(_PIN)), None)


def machine_zone(zone: str, folders: tuple[str, ...] | None = None) -> ZoneInfo | None:
    """Return the zone as the machine's own files have it, or None without such a file.

    `folders` are by default those that Python was built to look into.
    """
    if folders is None:
        folders = tuple((sysconfig.get_config_var("TZPATH") or "").split(":"))
    for folder in filter(None, folders):
        file = Path(folder, *zone.split("/"))
        if file.is_file():
            with file.open("rb") as content:
                return ZoneInfo.from_file(content, key=zone)
    return None
