"""DATABASE_POOLER; `./dev proof pooler` shows the site behind one."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings as ours

from clinic.backups.dumping import CannotDump, dumped

PRINTED = (
    "from clinic.settings import DATABASES as d; "
    "print(d['default'].get('OPTIONS'), d['default'].get('DISABLE_SERVER_SIDE_CURSORS'))"
)


def settings_with(pooler: str) -> subprocess.CompletedProcess[str]:
    given = {"DATABASE_URL": "postgres://web@127.0.0.1/clinic", "DATABASE_POOLER": pooler}
    return subprocess.run(
        [sys.executable, "-c", PRINTED],
        cwd=ours.BASE_DIR,
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        check=False,
    )


def test_behind_a_pooler_a_connection_asks_for_nothing_and_keeps_nothing() -> None:
    assert settings_with("transaction").stdout.strip() == "None True"
    assert "lock_timeout=3000" in settings_with("").stdout
    refused = settings_with("session")
    assert "DATABASE_POOLER must be one of: transaction." in refused.stderr


@pytest.mark.django_db
def test_a_backup_does_not_go_through_a_pooler(settings: Any) -> None:
    settings.DATABASE_POOLER, settings.OWNER_DATABASE = "transaction", None
    with pytest.raises(CannotDump, match="set MIGRATE_DATABASE_URL"):
        list(dumped())
