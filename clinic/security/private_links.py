"""Issue, find and revoke private links. A token has 256 random bits; only its SHA-256 is stored."""

import hashlib
import secrets
from datetime import datetime

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from clinic.models.links import AccessLink
from clinic.models.people import Patient


def _hash(token: str) -> str:
    # "replace": a token comes from an address, which may hold what UTF-8 cannot encode.
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def issue(*, purpose: str, about: str, patient: Patient, expires_at: datetime | None) -> str:
    """Create a link and return its full address. With `expires_at=None` it never expires."""
    token = secrets.token_urlsafe(32)
    AccessLink.objects.create(
        purpose=purpose,
        about=about,
        patient=patient,
        token_hash=_hash(token),
        expires_at=expires_at,
    )
    return settings.SITE_URL + reverse("open_link", args=[token])


def find(token: str, *, now: datetime) -> AccessLink | None:
    """Return the link of this token, or None if it is unknown, revoked or expired at `now`."""
    return (
        AccessLink.objects.select_related("patient")
        .filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now), token_hash=_hash(token))
        .filter(revoked_at__isnull=True)
        .first()
    )


def revoke(*, purpose: str, about: str, now: datetime) -> int:
    """Revoke every open link of this purpose about this; return how many."""
    open_links = AccessLink.objects.filter(purpose=purpose, about=about, revoked_at__isnull=True)
    return open_links.update(revoked_at=now)


def prolong(*, purpose: str, about: str, until: datetime) -> int:
    """Set a new expiry for every open link of this purpose about this; return how many."""
    open_links = AccessLink.objects.filter(purpose=purpose, about=about, revoked_at__isnull=True)
    return open_links.update(expires_at=until)
