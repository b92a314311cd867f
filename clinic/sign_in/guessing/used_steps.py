"""The codes of an authenticator app, each used up by the first who types it.

A code stands for a step of 30 seconds. One step back and forward is accepted, as the code may roll
over while it is typed and telephones are some seconds slow (RFC 6238, 5.2).
"""

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import decrypt
from django.db import connection
from django.utils import timezone

from clinic.models.sign_in import UsedStep

# One statement: of many at once with the same code, one inserts the row.
_USE = f"""
    INSERT INTO {UsedStep._meta.db_table} ("authenticator_id", "step", "used_at")
    VALUES (%s, %s, %s) ON CONFLICT ("authenticator_id", "step") DO NOTHING
"""  # noqa: S608 the table's own name


def use_code(app: Authenticator, code: str) -> bool:
    """Use up this code of the app; return False if it is wrong or was used before."""
    secret = decrypt(app.data["secret"])
    steps = [
        step
        for step in yield_hotp_counters_from_time()
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step)))
    ]
    # Every step it could stand for is used up, though two hardly ever have the same code.
    used = [_use(app, step) for step in steps]
    return bool(used) and all(used)


def _use(app: Authenticator, step: int) -> bool:
    at = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(_USE, [app.pk, step, at])
        return bool(cursor.rowcount == 1)
