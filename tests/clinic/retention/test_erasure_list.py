"""The list of erasures has whole lines only, whatever the disk does meanwhile."""

from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet

from clinic.retention import erasure_list
from clinic.retention.erasure_list import Erasure, ListUnwritable, append, listed, renew_list
from tests.full_disk import full_after


@pytest.fixture
def file(settings: Any, tmp_path: Path) -> Path:
    settings.ERASURE_LIST = str(tmp_path / "backups" / "erasures.sealed")
    return Path(settings.ERASURE_LIST)


def erasure() -> Erasure:
    return Erasure((uuid4(),), datetime(2027, 2, 1, tzinfo=UTC), "patient")


def test_a_disk_that_takes_a_part_of_a_line_leaves_the_list_as_it_was(file: Path) -> None:
    first, second, third = erasure(), erasure(), erasure()
    append(first)
    before = file.read_bytes()
    with full_after(len(before) + 40), pytest.raises(ListUnwritable):
        append(second)
    assert file.read_bytes() == before
    append(third)
    assert list(listed()) == [first, third]


def test_who_is_erased_while_the_list_is_sealed_anew_stays_on_it(
    file: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = erasure(), erasure()
    append(first)
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), *settings.FIELD_KEYS]
    erasing = Thread(target=append, args=[second])
    really = erasure_list.sealed_anew

    def slowly(line: str) -> str:
        erasing.start()
        # Long enough for a line that nothing holds up.
        erasing.join(0.5)
        return really(line)

    monkeypatch.setattr(erasure_list, "sealed_anew", slowly)
    assert renew_list(write=True) == 1
    erasing.join()
    assert list(listed()) == [first, second]
