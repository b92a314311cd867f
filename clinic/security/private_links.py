"""Issue, find and revoke private links. A token has 256 random bits; only its SHA-256 is stored."""

import hashlib
import secrets
from datetime import datetime

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse

from clinic.identity.same_person import email_key
from clinic.models.links import AccessLink
from clinic.models.people import Patient


def _hash(token: str) -> str:
    # "replace": a token comes from an address, which may hold what UTF-8 cannot encode.
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


# 192 bits, in 32 characters: the whole link stays under the 76 up to which every mail library
# leaves it whole in a header (List-Unsubscribe).
_TOKEN_BYTES = 24


def issue(
    *,
    purpose: str,
    about: str,
    patient: Patient,
    expires_at: datetime | None,
    only_stops_mail: bool = False,
    to_any_address: bool = False,
) -> str:
    """Create a link to be mailed to the patient's present address; return its full address.

    It dies when her row changes hands, unless it was mailed to the address that is kept. One that
    `only_stops_mail` never dies; one `to_any_address` dies each time, and where it went is not
    stored. With `expires_at=None` it never expires.
    """
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    AccessLink.objects.create(
        purpose=purpose,
        about=about,
        patient=patient,
        token_hash=_hash(token),
        expires_at=expires_at,
        # As the caller has read it: if the row changes hands meanwhile, the link is born dead.
        epoch=None if only_stops_mail else patient.home.epoch,
        given_to="" if to_any_address else email_key(patient.home.email),
    )
    return settings.SITE_URL + reverse("open_link", args=[token])


def alive(*, now: datetime) -> QuerySet[AccessLink]:
    """Return the links that open something at `now`: not revoked, expired or of an earlier epoch.

    No other place answers this.
    """
    home = Coalesce("patient__merged_into__epoch", "patient__epoch")
    return AccessLink.objects.select_related("patient__merged_into").filter(
        Q(expires_at__isnull=True) | Q(expires_at__gt=now),
        Q(epoch__isnull=True) | Q(epoch=home),
        revoked_at__isnull=True,
    )


def find(token: str, *, now: datetime) -> AccessLink | None:
    """Return the link of this token if it is alive at `now`, else None."""
    return alive(now=now).filter(token_hash=_hash(token)).first()


def revoke(*, purpose: str, about: str, now: datetime) -> int:
    """Revoke every open link of this purpose about this; return how many."""
    open_links = AccessLink.objects.filter(purpose=purpose, about=about, revoked_at__isnull=True)
    return open_links.update(revoked_at=now)


def prolong(*, purpose: str, about: str, until: datetime) -> int:
    """Set a new expiry for every open link of this purpose about this; return how many."""
    open_links = AccessLink.objects.filter(purpose=purpose, about=about, revoked_at__isnull=True)
    return open_links.update(expires_at=until)
