"""A clinic without our sample: rooms, prices and package by the actions a new clinic presses.

With RUN_READY_FIRST_CLINIC=1 every test has one (`./dev proof first-clinic`); otherwise the rows
are written directly, which is quicker.
"""

import os
from dataclasses import replace
from datetime import datetime

from booking.catalog.actions import save_package, set_service, terms_of_version
from booking.catalog.first_offer import make_first_offer
from booking.catalog.queries import newest_versions
from booking.models import Policy, Service
from booking.opening_hours.actions import add_room
from booking.terms import SERVICE_FIELDS, current_policy, service_version
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM

IS_WANTED = bool(os.environ.get("RUN_READY_FIRST_CLINIC"))


def make_offer_by_actions(*, rooms: int, price_cents: int, now: datetime) -> Policy:
    """Add rooms, price the evaluation and Run Ready, and return the policy."""
    make_first_offer()
    for number in range(1, rooms + 1):
        add_room(name=f"Room {number}", actor=SYSTEM)
    for service in Service.objects.all():
        is_evaluation = service.kind == Service.Kind.EVALUATION
        changed = {
            "price_cents": price_cents if is_evaluation else None,
            "is_active": True,
            "minutes": 90 if service.code in ("evaluation", "rr1") else 60,
        }
        if not is_evaluation:
            changed["name"] = f"Run Ready visit {service.code.removeprefix('rr')}"
        values = {name: getattr(service, name) for name in SERVICE_FIELDS} | changed
        set_service(
            service_id=service.pk, values=values, seen=service_version(service), actor=SYSTEM
        )
    first = newest_versions().get()
    terms = replace(terms_of_version(first), price_cents=114_000, unused_visit_refund_cents=19_000)
    save_package(
        package_id=first.package_id,
        terms=terms,
        is_offered=True,
        seen=str(first.pk),
        by=None,
        context=Context(SYSTEM, now),
    )
    return current_policy()
