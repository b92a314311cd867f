"""The policy in force, and its row turned into the numbers that pure modules work with."""

from dataclasses import fields
from datetime import datetime, timedelta

from booking.models import Appointment, Policy, Service
from booking.policy import PolicyTerms

# Some terms are not stored: they keep their default in PolicyTerms.
STORED_TERMS = {field.name for field in fields(PolicyTerms)} & {
    field.name for field in Policy._meta.get_fields()
}


# What the desk may change about a service, on its page of terms.
SERVICE_FIELDS = (
    "name", "minutes", "buffer_before_minutes", "buffer_after_minutes", "price_cents", "is_active",
)  # fmt: skip


def service_version(service: Service) -> str:
    """Return a text that changes whenever the terms of this service change.

    A form carries it, so that an action can tell whether the page was up to date.
    """
    return "|".join(str(getattr(service, name)) for name in SERVICE_FIELDS)


def current_policy() -> Policy:
    """Return the policy in force: the newest row.

    A clinic that has set none works under the defaults. They are stored the first time somebody
    asks, because bookings refer to them and must not change with the next release.
    """
    return Policy.objects.order_by("pk").last() or Policy.objects.create()


def terms_of(policy: Policy) -> PolicyTerms:
    """Return the terms of this policy; what the row does not store has the default."""
    stored = {name: getattr(policy, name) for name in STORED_TERMS}
    # JSON stores a list; the terms are frozen and need a tuple.
    return PolicyTerms(**{**stored, "reminder_lead_hours": tuple(policy.reminder_lead_hours)})


def undo_until(appointment: Appointment) -> datetime | None:
    """Return until when (UTC) cancelling can be undone, None for a visit not cancelled."""
    if appointment.status != Appointment.Status.CANCELLED or appointment.cancelled_at is None:
        return None
    minutes = terms_of(appointment.policy).cancel_undo_minutes
    # Never past its start: a visit that should have begun cannot be booked again.
    return min(appointment.cancelled_at + timedelta(minutes=minutes), appointment.starts_at)
