"""The file of a backup: whole and as it was written, or refused."""

import io
import secrets
from datetime import UTC, datetime

import pytest

from clinic.backups import sealed_file
from clinic.backups.sealed_file import BadBackup, Header, open_sealed, read_header, write_sealed

HEADER = Header(datetime(2027, 2, 1, 2, 0, tzinfo=UTC), "postgresql")
KEY, OTHER = secrets.token_bytes(32), secrets.token_bytes(32)
# Chunks of 16 bytes and as many of proof, so that a small content has several.
CHUNK, SEALED = 16, 32


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed_file, "CHUNK", CHUNK)


def written(content: bytes, key: bytes = KEY) -> bytes:
    file = io.BytesIO()
    parts = (content[at : at + 7] for at in range(0, len(content), 7))
    write_sealed(file, HEADER, parts, key)
    return file.getvalue()


def read(file: bytes, keys: tuple[bytes, ...] = (KEY,)) -> bytes:
    header, content = open_sealed(io.BytesIO(file), keys)
    assert header == HEADER
    return b"".join(content)


def chunks_of(file: bytes) -> tuple[bytes, list[bytes]]:
    """Return what stands before the chunks, and each of them."""
    stream = io.BytesIO(file)
    read_header(stream)
    start = stream.tell()
    return file[:start], [file[at : at + SEALED] for at in range(start, len(file), SEALED)]


@pytest.mark.parametrize("length", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 100])
def test_what_was_written_is_read(length: int) -> None:
    content = secrets.token_bytes(length)
    file = written(content)
    assert read(file) == content
    if length > 8:
        assert content not in file


def test_no_two_files_of_the_same_content_are_alike() -> None:
    assert chunks_of(written(b"x" * 50))[1] != chunks_of(written(b"x" * 50))[1]


def test_another_key_is_named_and_an_old_one_still_opens() -> None:
    with pytest.raises(BadBackup, match="No key in BACKUP_KEY"):
        read(written(b"content"), keys=(OTHER,))
    assert read(written(b"content"), keys=(OTHER, KEY)) == b"content"


@pytest.mark.parametrize("length", [3 * CHUNK, 3 * CHUNK + 5])
def test_a_file_that_was_cut_off_anywhere_is_refused(length: int) -> None:
    file = written(secrets.token_bytes(length))
    for end in range(len(file)):
        with pytest.raises(BadBackup):
            read(file[:end])


def test_a_file_with_one_changed_bit_anywhere_is_refused() -> None:
    file = written(b"y" * 40)
    for at in range(len(file)):
        changed = bytearray(file)
        changed[at] ^= 1
        with pytest.raises((BadBackup, AssertionError)):
            read(bytes(changed))


def test_chunks_in_another_order_doubled_left_out_or_of_another_file_are_refused() -> None:
    begin, (first, second, third, last) = chunks_of(written(secrets.token_bytes(60)))
    _begin, (foreign, *_rest) = chunks_of(written(secrets.token_bytes(60)))
    wrong = (
        [second, first, third, last],
        [first, second, third],
        [first, third, last],
        [first, first, second, third, last],
        [first, second, third, last, last],
        [foreign, second, third, last],
    )
    for order in wrong:
        with pytest.raises(BadBackup):
            read(begin + b"".join(order))


@pytest.mark.parametrize("file", [b"", b"PGDMP", b"run-ready backup\n", b"x" * 100])
def test_what_is_no_backup_is_refused(file: bytes) -> None:
    with pytest.raises(BadBackup):
        read(file)
