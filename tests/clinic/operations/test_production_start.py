"""On a public address the site does not start without its keys."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

KEYS = {"SECRET_KEY": "k" * 60, "FIELD_KEYS": settings.FIELD_KEYS[0], "DIGEST_KEY": "d" * 60}


def start(folder: Path, missing: str) -> subprocess.CompletedProcess[str]:
    """Load the settings as in production, without that variable."""
    given = {name: value for name, value in KEYS.items() if name != missing}
    return subprocess.run(
        [sys.executable, "-c", "import clinic.settings"],
        cwd=settings.BASE_DIR,
        env={
            **{name: value for name, value in os.environ.items() if name not in KEYS},
            **given,
            "SITE_URL": "https://clinic.example",
            "RUN_READY_VAR": str(folder),
            "RUN_READY_LIMITS": "",
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("missing", list(KEYS))
def test_without_a_key_it_is_refused_and_the_key_is_named(tmp_path, missing):
    started = start(tmp_path, missing)
    assert started.returncode != 0
    assert missing in started.stderr.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


def test_with_all_keys_it_starts(tmp_path):
    assert start(tmp_path, "").returncode == 0
