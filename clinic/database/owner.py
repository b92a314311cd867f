"""The connection of the owner of the tables, who migrates.

With MIGRATE_DATABASE_URL the user in DATABASE_URL owns nothing: it can neither change what is
append-only nor take the triggers away that guard it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend


@contextmanager
def as_owner(using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Let the block use the connection of the tables' owner, if there is one of its own.

    It takes the place of this thread's connection, which must not be in a transaction: the owner
    would not see what that has not committed.
    """
    own = connections[using]
    if settings.OWNER_DATABASE is None or _is_owner(own):
        yield
        return
    if own.in_atomic_block:
        raise RuntimeError("The owner's connection cannot be used within a transaction.")
    # The settings that every connection needs are completed already in those of our own.
    wanted = {**own.settings_dict, **settings.OWNER_DATABASE}
    owner: BaseDatabaseWrapper = load_backend(wanted["ENGINE"]).DatabaseWrapper(wanted, using)
    connections[using] = owner
    try:
        yield
    finally:
        connections[using] = own
        owner.close()


def _is_owner(connection: BaseDatabaseWrapper) -> bool:
    """Return whether this connection is the one of the owner already."""
    owner = settings.OWNER_DATABASE or {}
    return connection.settings_dict.get("USER") == owner.get("USER")
