#!/bin/sh
# Python's zoneinfo beside the package tzdata
#
# One would guess: with tzdata==2026.6 in the requirements, zones follow release 2026f; and after
# zoneinfo.reset_tzpath(to=[]) they do.
# What happens: the package is read only for zones of which the machine has no file, so a machine of
# 2025 goes on with the law of 2025, without a word. And reset_tzpath leaves what was made before:
# ZoneInfo("America/Vancouver") is handed out from the cache, by the old law, until clear_cache().
# Why it matters to us: Vancouver left its winter time in 2026. One process would show a visit at
# 9:30 and another one at 10:30. clinic/__init__.py calls both before anything else is imported.
#
# Exits with 0 while both are so.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check tzdata==2026.6
# The release of the machine: any older one will do, so that the machine's own does not matter.
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps \
    --target "$work/older" tzdata==2026.1

PYTHONTZPATH="$work/older/tzdata/zoneinfo" "$work/venv/bin/python" - <<'END'
import sys
import zoneinfo
from datetime import datetime
from importlib.metadata import version


def hours():
    zone = zoneinfo.ZoneInfo("America/Vancouver")
    return datetime(2027, 1, 15, 9, 30, tzinfo=zone).utcoffset().total_seconds() / 3600


found = [hours()]
zoneinfo.reset_tzpath(to=[])
found.append(hours())
zoneinfo.ZoneInfo.clear_cache()
found.append(hours())
print(f"tzdata {version('tzdata')} is installed; Vancouver in January 2027, hours from UTC:")
for what, one in zip(["at first", "after reset_tzpath", "after clear_cache"], found):
    print(f"  {what}: {one:+g}")
sys.exit(found != [-8, -8, -7])
END
