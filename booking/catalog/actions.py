"""Write the price list and the clinic's terms. Nothing else writes them.

A visit or package keeps the times and the terms under which it was booked or bought. Only reminders
follow the newest terms, because they are a service and not a promise (docs/decisions/0035).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import count

from booking.catalog.protocol import VisitRule
from booking.catalog.queries import packages_with
from booking.locks import lock_calendar
from booking.models import Package, PackageVersion, PackageVisit, Policy, Service
from booking.refusals import (
    OFFER_CHANGED_AT_DESK,
    SERVICE_CHANGED,
    TERMS_CHANGED,
    Refused,
    ended_visits,
    in_packages,
)
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
def add_service(*, values: Mapping[str, object], actor: Actor) -> Service:
    """Add a service to the price list and return it.

    `values` has its kind and every field of `SERVICE_FIELDS`.
    """
    _lock_all()
    service = Service.objects.create(code=_free_code(), **values)
    record(actor, "add service", service, reason=str(values["name"]))
    return service


def _free_code() -> str:
    """Return a code that no service has. It stands in addresses, so it says nothing."""
    taken = set(Service.objects.values_list("code", flat=True))
    return next(code for n in count(1) if (code := f"visit-{n}") not in taken)


@retried
def set_service(
    *, service_id: int, values: Mapping[str, object], seen: str, actor: Actor
) -> Service:
    """Change a service on the price list, for what is booked from now on.

    `values` has every field of `SERVICE_FIELDS`. Raises Refused when the service is no longer as
    the page showed it (`seen`, see `service_version`), and when it would end while a package that
    is sold or under way holds it.
    """
    _lock_all()
    service = Service.objects.select_for_update().get(pk=service_id)
    if service_version(service) != seen:
        raise Refused([SERVICE_CHANGED])
    if not values["is_active"] and (held_by := packages_with(service)):
        raise Refused([in_packages(held_by)])
    # A second copy of the row, for the audit to compare with.
    before = Service.objects.get(pk=service_id)
    for name in SERVICE_FIELDS:
        setattr(service, name, values[name])
    service.save(update_fields=list(SERVICE_FIELDS))
    record(actor, "set service", service, reason=_difference(before, service, SERVICE_FIELDS))
    return service


@dataclass(frozen=True)
class PackageTerms:
    """What a version of a package says; money in cents.

    `visits` are the services by id, in order, each with its step and days.
    """

    name: str
    price_cents: int
    validity_days: int
    unused_visit_refund_cents: int
    payment_parts: int
    visits: tuple[tuple[int, VisitRule], ...]


def terms_of_version(version: PackageVersion) -> PackageTerms:
    """Return what the version says; a price that nobody has set is 0."""
    return PackageTerms(
        version.name,
        version.price_cents or 0,
        version.validity_days,
        version.unused_visit_refund_cents or 0,
        version.payment_parts,
        tuple(
            (one.service_id, VisitRule(one.step, one.least_days, one.most_days))
            for one in version.visits.all()
        ),
    )


@retried
def save_package(
    *,
    package_id: int | None,
    terms: PackageTerms,
    is_offered: bool,
    seen: str,
    by: User | None,
    context: Context,
) -> PackageVersion:
    """Sell a package on these terms from now on, and return its newest version.

    A `package_id` of None makes a new package. Terms that differ from those sold now become a new
    version; who bought an earlier one keeps it. `seen` is the id of the version that the page
    showed, empty for a new package. Raises Refused when a colleague has changed it since, and when
    one of its visits cannot be booked.
    """
    _lock_all()
    services = Service.objects.filter(pk__in=[pk for pk, _rule in terms.visits])
    if is_offered and (ended := [one.name for one in services if not one.is_active]):
        raise Refused([ended_visits(ended)])
    if package_id is None:
        package = Package.objects.create()
    else:
        package = Package.objects.select_for_update().get(pk=package_id)
    newest = package.versions.order_by("-number").first()
    if (str(newest.pk) if newest else "") != seen:
        raise Refused([OFFER_CHANGED_AT_DESK])
    is_new = newest is None or newest.price_cents is None or terms_of_version(newest) != terms
    version = _new_version(package, newest, terms, by, context) if is_new else newest
    if package.is_offered != is_offered:
        package.is_offered = is_offered
        package.save(update_fields=["is_offered"])
        record(context.actor, "offer package" if is_offered else "retire package", package)
    assert version is not None  # without a newest one it is new
    return version


def _new_version(
    package: Package,
    newest: PackageVersion | None,
    terms: PackageTerms,
    by: User | None,
    context: Context,
) -> PackageVersion:
    version = PackageVersion.objects.create(
        package=package,
        number=newest.number + 1 if newest else 1,
        name=terms.name,
        visit_count=len(terms.visits),
        price_cents=terms.price_cents,
        validity_days=terms.validity_days,
        unused_visit_refund_cents=terms.unused_visit_refund_cents,
        payment_parts=terms.payment_parts,
        in_force_from=context.now,
        by=by,
    )
    PackageVisit.objects.bulk_create(
        PackageVisit(
            version=version,
            number=number,
            service_id=service_id,
            step=rule.step,
            least_days=rule.least_days,
            most_days=rule.most_days,
        )
        for number, (service_id, rule) in enumerate(terms.visits, start=1)
    )
    before = f"version {newest.number} > " if newest else ""
    record(context.actor, "set package", version, reason=f"{before}version {version.number}")
    return version


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
