"""From the clinic's policy row to the plain numbers that pure code works with."""

from dataclasses import fields

from booking.models import Policy
from booking.policy import PolicyTerms

_STORED = {field.name for field in fields(PolicyTerms)} & {
    field.name for field in Policy._meta.get_fields()
}


def current_policy() -> Policy:
    """Return the policy in force: the newest row.

    A clinic that has set none works under the defaults, written down when first asked for: what
    refers to them must not change with the next release.
    """
    return Policy.objects.order_by("pk").last() or Policy.objects.create()


def terms_of(policy: Policy) -> PolicyTerms:
    """Return the policy's numbers; what it does not store stands as in PolicyTerms."""
    stored = {name: getattr(policy, name) for name in _STORED}
    return PolicyTerms(**{**stored, "reminder_lead_hours": tuple(policy.reminder_lead_hours)})
