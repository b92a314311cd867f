"""Write the price list and the clinic's terms. Nothing else writes them.

A visit or package keeps the times and the terms under which it was booked or bought. Only reminders
follow the newest terms, because they are a service and not a promise (docs/decisions/0035).
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
    """Put new terms into force and adapt the reminders of all visits ahead to them.

    `values` are fields of Policy; a field that is missing keeps its value. `seen` is the id of the
    terms that the page showed. Raises Refused when a colleague has set other terms since.
    """
    # A booking reads the terms under these locks, so none is made half by the old ones.
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
    """Change a service on the price list, for what is booked from now on.

    `values` has every field of `SERVICE_FIELDS`. Raises Refused when the service is no longer as
    the page showed it (`seen`, see `service_version`).
    """
    _lock_all()
    service = Service.objects.select_for_update().get(pk=service_id)
    if service_version(service) != seen:
        raise Refused([SERVICE_CHANGED])
    # A second copy of the row, for the audit to compare with.
    before = Service.objects.get(pk=service_id)
    for name in SERVICE_FIELDS:
        setattr(service, name, values[name])
    service.save(update_fields=list(SERVICE_FIELDS))
    record(actor, "set service", service, reason=_difference(before, service, SERVICE_FIELDS))
    return service


def _lock_all() -> None:
    """Lock every clinician's calendar, then the policy in force."""
    lock_calendar(Clinician.objects.values_list("pk", flat=True))
    # `list` runs the query, which takes the lock.
    list(Policy.objects.select_for_update().order_by("-pk")[:1])


def _values(row: Policy, names: Collection[str]) -> dict[str, object]:
    """Return those fields of the row."""
    return {name: getattr(row, name) for name in names}


def _difference(before: object, after: object, names: Collection[str]) -> str:
    """Return which fields changed, from what to what, like "late_change_hours 24 > 48"."""
    changed = (
        f"{name} {getattr(before, name)} > {getattr(after, name)}"
        for name in sorted(names)
        if getattr(before, name) != getattr(after, name)
    )
    return "; ".join(changed)
