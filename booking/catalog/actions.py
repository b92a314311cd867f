"""What the clinic offers and on which terms: the one place that writes both.

What was booked or bought keeps the times and the terms it was made on. Reminders alone follow the
newest terms: they are a service, not a promise.
"""

from collections.abc import Collection, Mapping

from booking.locks import lock_calendar
from booking.models import Policy, Service
from booking.refusals import SERVICE_CHANGED, TERMS_CHANGED, Refused
from booking.reminders.new_terms import remind_by
from booking.terms import (
    SERVICE_FIELDS,
    STORED_TERMS,
    current_policy,
    service_version,
    terms_of,
)
from clinic.audit.context import Context
from clinic.audit.record import Actor, record
from clinic.database.retrying import retried
from clinic.models.people import Clinician, User


@retried
def set_terms(*, values: Mapping[str, object], seen: int, by: User, context: Context) -> Policy:
    """Put new terms into force and bring the reminders of all visits ahead to them.

    `values` are fields of Policy, `seen` the terms that the page showed. Raises Refused when a
    colleague was quicker.
    """
    # No booking is half done with the terms of before.
    _lock_all()
    before = current_policy()
    if before.pk != seen:
        raise Refused([TERMS_CHANGED])
    policy = Policy.objects.create(by=by, **{**_values(before, STORED_TERMS), **values})
    remind_by(terms_of(policy), now=context.now)
    record(context.actor, "set terms", policy, reason=_difference(before, policy, STORED_TERMS))
    return policy


@retried
def set_service(
    *, service_id: int, values: Mapping[str, object], seen: str, actor: Actor
) -> Service:
    """Change a visit on the price list, for what is booked from now on. Raises Refused."""
    _lock_all()
    service = Service.objects.select_for_update().get(pk=service_id)
    if service_version(service) != seen:
        raise Refused([SERVICE_CHANGED])
    before = Service.objects.get(pk=service_id)
    for name in SERVICE_FIELDS:
        setattr(service, name, values[name])
    service.save(update_fields=list(SERVICE_FIELDS))
    record(actor, "set service", service, reason=_difference(before, service, SERVICE_FIELDS))
    return service


def _lock_all() -> None:
    lock_calendar(Clinician.objects.values_list("pk", flat=True))
    list(Policy.objects.select_for_update().order_by("-pk")[:1])


def _values(row: Policy, names: Collection[str]) -> dict[str, object]:
    return {name: getattr(row, name) for name in names}


def _difference(before: object, after: object, names: Collection[str]) -> str:
    """Say which fields changed, from what to what: "late_change_hours 24 > 48"."""
    changed = (
        f"{name} {getattr(before, name)} > {getattr(after, name)}"
        for name in sorted(names)
        if getattr(before, name) != getattr(after, name)
    )
    return "; ".join(changed)
