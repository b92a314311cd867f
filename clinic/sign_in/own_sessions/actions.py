"""Note where somebody signs in, and end that. Nothing else writes these rows."""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest

from clinic.audit.client_address import client_address
from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.models.own_sessions import SignedIn
from clinic.models.people import User
from clinic.sign_in.own_sessions.devices import device_of

# The session key under which the id of the row is stored.
SIGNED_IN = "signed_in"
# Rows older than this are deleted when the same person signs in again.
KEPT = timedelta(days=30)


def note_sign_in(request: HttpRequest, user: User, *, now: datetime) -> None:
    """Note that the user signed in with this request's browser."""
    SignedIn.objects.filter(user=user, began_at__lt=now - KEPT).delete()
    browser, system = device_of(request.headers.get("User-Agent", ""))
    row = SignedIn.objects.create(
        user=user,
        browser=browser,
        system=system,
        address=client_address(request),
        began_at=now,
        seen_at=now,
    )
    request.session[SIGNED_IN] = str(row.pk)


def is_ended(request: HttpRequest) -> bool:
    """Return whether the owner ended this session somewhere else.

    One that began before sessions were listed has no row, and ends by its limits only.
    """
    key = request.session.get(SIGNED_IN)
    if key is None:
        return False
    return not SignedIn.objects.filter(pk=key, ended_at__isnull=True).exists()


def note_seen(request: HttpRequest, *, now: datetime) -> None:
    """Note that the browser was here just now."""
    if key := request.session.get(SIGNED_IN):
        rows = SignedIn.objects.filter(pk=key)
        rows.update(seen_at=now, address=client_address(request))


def note_sign_out(request: HttpRequest, *, now: datetime) -> None:
    """Note that the session of this request is over."""
    if key := request.session.get(SIGNED_IN):
        SignedIn.objects.filter(pk=key, ended_at__isnull=True).update(ended_at=now)


@transaction.atomic
def end_session(*, user: User, signed_in_id: UUID, context: Context) -> None:
    """End one session of the user with its next request; one that is over stays so.

    Raises SignedIn.DoesNotExist if the user has none of this id.
    """
    row = SignedIn.objects.select_for_update().get(pk=signed_in_id, user=user)
    if row.ended_at is None:
        row.ended_at = context.now
        row.save(update_fields=["ended_at"])
        record(context.actor, "end own session", row)


@transaction.atomic
def end_other_sessions(request: HttpRequest, user: User, *, context: Context) -> None:
    """End every session of the user but this request's, also those that are not listed."""
    end_all_but(request, user)
    record(context.actor, "end own sessions", user)


def end_all_but(request: HttpRequest, user: User) -> None:
    """End every session of the user with its next request, and go on with this request's."""
    user.end_sessions(but=request.session.get(SIGNED_IN))
    # The session's hash has to match the new epoch.
    update_session_auth_hash(request, user)
