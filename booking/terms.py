"""From the clinic's policy row to the plain numbers that pure code works with."""

from dataclasses import fields

from booking.models import Policy, Service
from booking.policy import PolicyTerms

STORED_TERMS = {field.name for field in fields(PolicyTerms)} & {
    field.name for field in Policy._meta.get_fields()
}


SERVICE_FIELDS = (
    "name", "minutes", "buffer_before_minutes", "buffer_after_minutes", "price_cents", "is_active",
)  # fmt: skip


def service_version(service: Service) -> str:
    """Return a text that is another one after every change of the visit's terms."""
    return "|".join(str(getattr(service, name)) for name in SERVICE_FIELDS)


def current_policy() -> Policy:
    """Return the policy in force: the newest row.

    A clinic that has set none works under the defaults, written down when first asked for: what
    refers to them must not change with the next release.
    """
    return Policy.objects.order_by("pk").last() or Policy.objects.create()


def terms_of(policy: Policy) -> PolicyTerms:
    """Return the policy's numbers; what it does not store stands as in PolicyTerms."""
    stored = {name: getattr(policy, name) for name in STORED_TERMS}
    return PolicyTerms(**{**stored, "reminder_lead_hours": tuple(policy.reminder_lead_hours)})
