"""Issues, checks and revokes private links. 256 random bits; only their SHA-256 is stored."""

import hashlib
import secrets
from datetime import datetime

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from clinic.models.links import AccessLink
from clinic.models.people import Patient


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def issue(*, purpose: str, about: str, patient: Patient, expires_at: datetime | None) -> str:
    """Return the full address of a new link; with None it never expires."""
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
    """Return the link the token opens at `now`, or None: unknown, stale and revoked are alike."""
    return (
        AccessLink.objects.select_related("patient")
        .filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now), token_hash=_hash(token))
        .filter(revoked_at__isnull=True)
        .first()
    )


def revoke(*, purpose: str, about: str, now: datetime) -> int:
    """Close every open link of this purpose to this thing; return how many."""
    open_links = AccessLink.objects.filter(purpose=purpose, about=about, revoked_at__isnull=True)
    return open_links.update(revoked_at=now)


def prolong(*, purpose: str, about: str, until: datetime) -> int:
    """Let every open link of this purpose to this thing live until then; return how many."""
    open_links = AccessLink.objects.filter(purpose=purpose, about=about, revoked_at__isnull=True)
    return open_links.update(expires_at=until)
