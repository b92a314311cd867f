"""Compare the keys of this process with what is stored, before anything is sealed with wrong ones.

Three places ask: each start and `manage.py check`, every new connection to the database, and
`/health/ready`.
"""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from clinic.database.digests import keyed_digests
from clinic.database.sealed import (
    SealBroken,
    SealedJSONField,
    WrongKeys,
    models_with_sealed_fields,
    open_text,
    sealed_fields,
)
from clinic.models.keys import KeyCheck

FIELD_KEYS_ARE_WRONG = (
    "FIELD_KEYS cannot open what this database holds: the key it was sealed with is missing. "
    "Put it back, after the new one if there is one. Nothing was sealed."
)
DIGEST_KEYS_ARE_WRONG = (
    "DIGEST_KEY is not the one this database was filled with: open flags would not be found "
    "again. Put it back, after the new one if there is one. Nothing was written."
)


def problem() -> str | None:
    """Return the sentence that says which keys are wrong, or None. Takes one statement.

    None also before the first start, when there is nothing to compare with yet. Raises
    DatabaseError.
    """
    row = KeyCheck.objects.values_list("sealed", "digest").first()
    return None if row is None else problem_of(*row)


def problem_of(sealed: str, digest: str) -> str | None:
    """Return the sentence that says which keys are not those of a stored check, or None."""
    try:
        open_text(sealed)
    except SealBroken:
        return FIELD_KEYS_ARE_WRONG
    return None if digest in keyed_digests("key check", 1) else DIGEST_KEYS_ARE_WRONG


def refuse_wrong_keys() -> None:
    """Raise WrongKeys unless the keys are those of this database, and note them the first time.

    A process calls it when it starts. One that starts while the database is away is refused with
    its first connection.
    """
    try:
        if sentence := problem() or _problem_of_what_is_stored():
            raise WrongKeys(sentence)
        with transaction.atomic():
            _note_keys()
    except DatabaseError:
        return  # it is away, or has not been migrated


def _note_keys() -> None:
    """Note whose keys these are, the first time.

    With several keys it is the last that is noted: what is stored may need it until `rotate_keys`
    has come to its end, and renewed this row. Whoever takes the key away before is refused.
    """
    _row, is_new = KeyCheck.objects.get_or_create(pk=1)
    if not is_new or len(settings.FIELD_KEYS) == len(settings.DIGEST_KEYS) == 1:
        return
    field = KeyCheck._meta.get_field("sealed")
    assert isinstance(field, SealedJSONField)
    sealed = field.sealed(field.get_default(), KeyCheck, 1, key=settings.FIELD_KEYS[-1])
    digest = keyed_digests("key check", 1)[-1]
    KeyCheck.objects.filter(pk=1).update(sealed=sealed, digest=digest)


def stored_problem() -> str | None:
    """Return the sentence about wrong keys, or None, also where no process has started yet.

    Raises DatabaseError.
    """
    return problem() or _problem_of_what_is_stored()


def _problem_of_what_is_stored() -> str | None:
    """Return the sentence if a value of some sealed column cannot be opened, before it is noted.

    A database of an earlier version has values and no note of its keys.
    """
    if KeyCheck.objects.exists():
        return None
    for model in models_with_sealed_fields():
        for field in sealed_fields(model):
            if not _opens(model._meta.db_table, field.column):
                return FIELD_KEYS_ARE_WRONG
    return None


def _opens(table: str, column: str) -> bool:
    """Return whether one value of the column can be opened; also where there is none."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {quote(column)} FROM {quote(table)} "  # noqa: S608 our names
            f"WHERE {quote(column)} IS NOT NULL LIMIT 1"
        )
        found = cursor.fetchone()
    try:
        return found is None or bool(open_text(found[0]))
    except SealBroken:
        return False


def refuse_to_seal_with_wrong_keys(columns: list[tuple[str, str]]) -> None:
    """Raise ImproperlyConfigured unless what stands in these (table, column) pairs can be opened.

    A migration calls it before it seals anything: no process may have started since the columns
    came, and so nothing may have noted which keys are right.
    """
    if not all(_opens(table, column) for table, column in columns):
        raise ImproperlyConfigured(FIELD_KEYS_ARE_WRONG)


# The keys that were compared with the database of this process and are right.
_passed: set[tuple[str, ...]] = set()


def compare_on_connecting(connection: BaseDatabaseWrapper, **kwargs: object) -> None:
    """Refuse a new connection if the keys are not those of its database. Raises WrongKeys.

    Whatever kind of process it is, without a connection it can seal nothing. It asks until the keys
    were found right once.
    """
    keys = (*settings.FIELD_KEYS, "", *settings.DIGEST_KEYS)
    if connection.alias != DEFAULT_DB_ALIAS or keys in _passed:
        return
    table = connection.ops.quote_name(KeyCheck._meta.db_table)
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT sealed, digest FROM {table}")  # noqa: S608 our name
            row = cursor.fetchone()
    except DatabaseError:
        return  # the table comes with a migration
    if row is None:
        return
    if sentence := problem_of(*row):
        connection.close()
        raise WrongKeys(sentence)
    _passed.add(keys)
