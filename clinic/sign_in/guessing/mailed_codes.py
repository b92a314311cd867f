"""Codes that are mailed to sign in: asked for, tried at most five times, used once.

Asking does the same work whoever has the address, and whether anybody has it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from uuid import UUID, uuid4

from allauth.account.adapter import get_adapter
from allauth.core.internal.cryptokit import normalize_user_code
from django.conf import settings
from django.db import transaction
from django.db.models import F

from clinic.database.digests import keyed_digest
from clinic.messages.asked import ask
from clinic.models.sign_in import MailedCode

# What the sender is asked for (clinic.sign_in.notices).
CODE = "sign_in_code"


@dataclass(frozen=True)
class JudgedCode:
    """What became of a typed code: whose e-mail it proved, "" if none, and whether it is over."""

    email: str = ""
    is_over: bool = False


@transaction.atomic
def ask_for_code(*, email: str, now: datetime) -> UUID:
    """Make a code for this e-mail and ask the sender to mail it; return the id of its row.

    Only the browser whose session holds the id can use the code.
    """
    key, code = uuid4(), get_adapter().generate_login_code()
    MailedCode.objects.create(
        pk=key,
        digest=_digest(key, code),
        content={"email": email},
        asked_at=now,
        expires_at=now + timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT),
    )
    ask(CODE, {"email": email, "code": code})
    return key


def judge(*, code_id: UUID, typed: str, now: datetime) -> JudgedCode:
    """Count a try at this code and judge it. The right code is used up by the first who types it.

    Each statement commits by itself, so that of many at once at most five are compared and one is
    right.
    """
    open_codes = MailedCode.objects.filter(pk=code_id, used_at__isnull=True, expires_at__gt=now)
    may_try = open_codes.filter(tries__lt=MailedCode.MOST_TRIES)
    if not may_try.update(tries=F("tries") + 1):
        return JudgedCode(is_over=True)
    row = MailedCode.objects.get(pk=code_id)
    if not compare_digest(row.digest, _digest(code_id, typed)):
        return JudgedCode(is_over=row.tries >= MailedCode.MOST_TRIES)
    if not open_codes.update(used_at=now):
        return JudgedCode(is_over=True)
    return JudgedCode(email=row.content["email"])


def _digest(code_id: UUID, code: str) -> str:
    # Keyed: there are a million codes, and all of them are soon tried against a plain hash.
    return keyed_digest("mailed code", code_id, normalize_user_code(code))
