"""The file of a backup: a header in clear, then one stream of bytes in sealed chunks.

Each chunk is AES-256-GCM. Its nonce is its number and whether it is the last one, and the key of a
file is made from its header. So a chunk that was changed, left out, moved or cut off is refused.
"""

# mypy: disallow-any-explicit
import json
import secrets
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"run-ready backup\n"
VERSION = 1
CHUNK = 1024 * 1024
_TAG = 16
_LONGEST_HEADER = 4096
_LENGTH = struct.Struct(">I")


class BadBackup(Exception):
    """The file is no backup, is not whole, was changed, or its key is not here. The text says so.

    Nothing that it held may be used.
    """


@dataclass(frozen=True)
class Header:
    """What a backup says of itself in clear: when it was taken (aware), and of which database."""

    taken_at: datetime
    database: str


def write_sealed(file: BinaryIO, header: Header, content: Iterable[bytes], key: bytes) -> None:
    """Write a backup with this content, sealed by a key of 32 bytes."""
    salt = secrets.token_bytes(32)
    text = json.dumps(
        {
            "version": VERSION,
            "taken_at": header.taken_at.isoformat(),
            "database": header.database,
            "salt": salt.hex(),
            "key": _check_of(key, salt),
        }
    ).encode()
    file.write(MAGIC + _LENGTH.pack(len(text)) + text)
    cipher, number = AESGCM(_derived(key, salt, text)), 0
    waiting = bytearray()
    for part in content:
        waiting += part
        # Never the last one: that is written when nothing more comes.
        while len(waiting) > CHUNK:
            file.write(cipher.encrypt(_nonce(number, is_last=False), bytes(waiting[:CHUNK]), None))
            del waiting[:CHUNK]
            number += 1
    file.write(cipher.encrypt(_nonce(number, is_last=True), bytes(waiting), None))


def read_header(file: BinaryIO) -> Header:
    """Return what the file says of itself. Nothing vouches for it yet. Raises BadBackup."""
    return _header(file)[0]


def open_sealed(file: BinaryIO, keys: Sequence[bytes]) -> tuple[Header, Iterator[bytes]]:
    """Return the header and the content of a backup, with the one of these keys that opens it.

    Whoever reads the content has all of it only when the iterator ends: it raises BadBackup where
    the file is not what was written.
    """
    header, salt, check, text = _header(file)
    key = next((one for one in keys if _check_of(one, salt) == check), None)
    if key is None:
        raise BadBackup("No key in BACKUP_KEY opens this backup.")
    return header, _opened(file, AESGCM(_derived(key, salt, text)))


def _opened(file: BinaryIO, cipher: AESGCM) -> Iterator[bytes]:
    number, chunk = 0, file.read(CHUNK + _TAG)
    while chunk:
        after = file.read(CHUNK + _TAG)
        try:
            yield cipher.decrypt(_nonce(number, is_last=not after), chunk, None)
        except InvalidTag as error:
            raise BadBackup("The backup was changed or cut off. Nothing of it is used.") from error
        number, chunk = number + 1, after
    if not number:
        raise BadBackup("The backup was cut off. Nothing of it is used.")


def _header(file: BinaryIO) -> tuple[Header, bytes, str, bytes]:
    """Return the header, the salt, the check of the key, and the bytes they were read from."""
    begins = file.read(len(MAGIC) + _LENGTH.size)
    if not begins.startswith(MAGIC) or len(begins) < len(MAGIC) + _LENGTH.size:
        raise BadBackup("This is no backup of Run Ready.")
    (length,) = _LENGTH.unpack(begins[len(MAGIC) :])
    text = file.read(min(length, _LONGEST_HEADER))
    try:
        found = json.loads(text)
        if found["version"] != VERSION:
            raise BadBackup(f"This backup has version {found['version']}, which we cannot read.")
        header = Header(datetime.fromisoformat(found["taken_at"]), str(found["database"]))
        return header, bytes.fromhex(found["salt"]), str(found["key"]), text
    except (KeyError, TypeError, ValueError) as error:
        raise BadBackup("The beginning of the backup cannot be read.") from error


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


def _derived(key: bytes, salt: bytes, header: bytes) -> bytes:
    """Return the key of one file. A header that was changed leads to another one."""
    return HKDF(SHA256(), length=32, salt=salt, info=MAGIC + header).derive(key)


def _check_of(key: bytes, salt: bytes) -> str:
    """Return by what the right key is known. It tells nothing of the key."""
    return HKDF(SHA256(), length=8, salt=salt, info=b"which key").derive(key).hex()
