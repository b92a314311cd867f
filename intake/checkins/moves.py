"""What moving a visit does to its check-in, for the pages that ask before they move it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.dispatch import receiver
from django.utils.translation import gettext as _

from booking.signals import Moves, moves_considered
from clinic.templatetags.look import in_full
from intake.checkins.queries import sent_checkins
from intake.checkins.window import has_checkin, holds_until, opens_at, still_holds


def checkins_after(moves: Moves, now: datetime) -> Mapping[UUID, str]:
    """Return a sentence about the check-in of each visit that has one, by the visit's id.

    `moves` are the visits with their new start, None while no time is chosen. One statement, none
    if no visit has a check-in.
    """
    asked = {visit: at for visit, at in moves.items() if has_checkin(visit.visit_number)}
    if not asked:
        return {}
    sent = sent_checkins(asked)
    return {
        visit.pk: _after_sending(sent[visit.pk].sent_for, at)
        if visit.pk in sent
        else _before_sending(at, now)
        for visit, at in asked.items()
    }


def _after_sending(sent_for: datetime | None, starts_at: datetime | None) -> str:
    """Return whether the check-in that was sent stays valid at the new start."""
    zone = settings.CLINIC_TIME_ZONE
    assert sent_for is not None  # a constraint says so of every sent check-in
    if starts_at is None:
        until = {"until": in_full(holds_until(sent_for, zone))}
        return (
            _(
                "The check-in that was sent stays valid for times before %(until)s. "
                "For a later time a new one opens three days before it."
            )
            % until
        )
    if still_holds(starts_at, sent_for=sent_for, zone=zone):
        return _("The check-in that was sent stays valid.")
    opens = {"opens": in_full(opens_at(starts_at, zone))}
    return _("The check-in that was sent no longer counts: a new one opens %(opens)s.") % opens


def _before_sending(starts_at: datetime | None, now: datetime) -> str:
    """Return when the check-in that was not sent opens for the new start."""
    if starts_at is None:
        return _("The check-in opens three days before the new time.")
    opens = opens_at(starts_at, settings.CLINIC_TIME_ZONE)
    if opens <= now:
        return _("The check-in is still to be sent before the new time.")
    return _("The check-in opens %(opens)s.") % {"opens": in_full(opens)}


@receiver(moves_considered)
def tell_booking(moves: Moves, now: datetime, **kwargs: Any) -> Mapping[UUID, str]:
    """Answer booking's signal with a sentence for each visit whose check-in is affected."""
    return checkins_after(moves, now)
