"""Check the source without running the tests: style, format, types, imports, migrations.

`python -m tests.checks` exits with 1 if a check fails.
"""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence

from clinic.operations import processes

SCRIPTS = sysconfig.get_path("scripts")
STEPS: Mapping[str, Sequence[str]] = {
    "style": [f"{SCRIPTS}/ruff", "check", "."],
    "format": [f"{SCRIPTS}/ruff", "format", "--check", "."],
    "template format": [f"{SCRIPTS}/djangofmt", "--check", "templates"],
    "template lint": [f"{SCRIPTS}/djangofmt", "check", "templates"],
    "types": [sys.executable, "-m", "mypy"],
    "import rules": [f"{SCRIPTS}/lint-imports"],
    "migrations": [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"],
}


def run(steps: Mapping[str, Sequence[str]]) -> int:
    """Run the checks side by side and print how each went; return 1 if one failed, else 0.

    The output of a check is printed only if it failed.
    """
    print("== The source", flush=True)
    started = {name: start(command) for name, command in steps.items()}
    failed = False
    for name, step in started.items():
        said, _ = step.communicate()
        failed |= step.returncode != 0
        print(f"{name}: failed\n{said}" if step.returncode else f"{name}: ok", flush=True)
    return int(failed)


def start(command: Sequence[str]) -> subprocess.Popen[str]:
    """Start a check as a process that ends with this one."""
    parent = os.getpid()
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: processes.die_with_parent(parent),
    )


if __name__ == "__main__":
    sys.exit(run(STEPS))
