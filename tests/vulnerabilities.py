"""Ask whether any library in requirements-dev.txt has a known vulnerability.

`python -m tests.vulnerabilities` exits with 1 if one has, and also if one could not be looked up:
"nothing found" is said only when everything was asked.
"""

import json
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from typing import Any

# By the pinned files and not by what is installed: those are what a clinic installs.
COMMAND = (
    f"{sysconfig.get_path('scripts')}/pip-audit",
    *("--progress-spinner", "off", "--format", "json"),
    *("--requirement", "requirements-dev.txt", "--require-hashes", "--disable-pip"),
)
UNREACHED = "The list of known vulnerabilities could not be reached: nothing was looked up."


def main(command: Sequence[str] = COMMAND) -> int:
    """Run the command, print what its answer means, and return the exit code."""
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    libraries = _read(asked.stdout)
    if libraries is None:
        print(UNREACHED)
        # The reason stands in the last line; what may come before it is a traceback.
        print(*asked.stderr.strip().splitlines()[-1:])
        return 1
    skipped = [one for one in libraries if "skip_reason" in one]
    affected = [one for one in libraries if one.get("vulns")]
    for one in affected:
        print(_in_words(one))
    if skipped:
        print(f"{len(skipped)} of {len(libraries)} libraries could not be looked up:")
        print("  " + ", ".join(one["name"] for one in skipped))
    if skipped and len(skipped) == len(libraries):
        print(UNREACHED)
    if not skipped and not affected:
        print(f"{len(libraries)} libraries looked up, no known vulnerability.")
    return int(bool(skipped or affected or asked.returncode))


def _read(answer: str) -> Sequence[Mapping[str, Any]] | None:
    """Return the libraries in the answer, or None if there is no answer that names any."""
    try:
        return json.loads(answer)["dependencies"] or None
    except (ValueError, KeyError, TypeError):
        return None


def _in_words(library: Mapping[str, Any]) -> str:
    found = ", ".join(
        f"{one['id']} (mended in {', '.join(one['fix_versions']) or 'no version yet'})"
        for one in library["vulns"]
    )
    return f"{library['name']} {library['version']}: {found}"


if __name__ == "__main__":
    sys.exit(main())
