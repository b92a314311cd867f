"""Sessions in the database, with hashed keys and sealed contents.

The browser's cookie holds the key; the database holds its SHA-256, and what the session knows
sealed and bound to it. Whoever reads the database or a backup takes over no session and learns no
name, code or secret from one.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import DatabaseError, IntegrityError, OperationalError, transaction
from django.utils import timezone

from clinic.database.sealed import SealBroken
from clinic.models.sign_in import StoredSession


def key_hash(session_key: str) -> str:
    """Return what the database holds in place of this key."""
    return hashlib.sha256(session_key.encode()).hexdigest()


class SessionStore(SessionBase):
    """Django loads and saves each session with it (SESSION_ENGINE)."""

    # Methods of the base class that its type stubs leave out.
    _get_session: Callable[..., dict[str, Any]]
    _get_new_session_key: Callable[[], str]

    def load(self) -> dict[str, Any]:
        key = self.session_key or ""
        now = timezone.now()
        row = StoredSession.objects.filter(pk=key_hash(key), expires_at__gt=now).first()
        try:
            if row is not None:
                return dict(row.data)
        except SealBroken:  # moved to this row, or sealed with keys that are gone
            pass
        # A new key, so that nobody can choose the one of a session that is yet to begin.
        self._session_key = None
        return {}

    def exists(self, session_key: str) -> bool:
        return StoredSession.objects.filter(pk=key_hash(session_key)).exists()

    def create(self) -> None:
        while True:
            self._session_key = self._get_new_session_key()
            try:
                self.save(must_create=True)
            except CreateError:  # the key was taken, which does not happen twice
                continue
            self.modified = True
            return

    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            self.create()
            return
        content = self._get_session(no_load=must_create)
        row = StoredSession(
            key_hash=key_hash(self.session_key), data=content, expires_at=self.get_expiry_date()
        )
        try:
            with transaction.atomic():
                # Never a new row for a session that ended meanwhile: it would come back to life.
                row.save(force_insert=must_create, force_update=not must_create)
        except IntegrityError as error:
            if must_create:
                raise CreateError from error
            raise
        except OperationalError:
            # The database is away or its disk is full, which says nothing of the session.
            raise
        except DatabaseError as error:
            if not must_create:
                raise UpdateError from error
            raise

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            StoredSession.objects.filter(pk=key_hash(key)).delete()

    @classmethod
    def clear_expired(cls) -> None:
        StoredSession.objects.filter(expires_at__lte=timezone.now()).delete()
