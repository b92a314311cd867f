"""Keyed digests, by which a sealed value is unique and can be found without being opened.

DIGEST_KEY is as secret as FIELD_KEYS: who has it can guess what stands behind a digest.
"""

import hashlib
import hmac
import json
import secrets

from django.conf import settings


def keyed_digest(*parts: object) -> str:
    """Return 64 hex digits that stand for these parts, the same ones each time.

    The parts are compared as text, and in order. Without DIGEST_KEY nothing can be learned from it.
    """
    text = json.dumps([str(part) for part in parts])
    return hmac.new(settings.DIGEST_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def salted_digest(salt: str, content: object) -> str:
    """Return 64 hex digits over salt and content (JSON), to prove later what was sealed."""
    text = json.dumps([salt, content], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def new_salt() -> str:
    """Return a random salt. It is sealed beside the content, never stored in clear."""
    return secrets.token_hex(16)
