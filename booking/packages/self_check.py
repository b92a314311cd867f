"""What `manage.py verify` asks of packages and visits: sums that no constraint can look at."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import F, Q

from booking.constraints import NoOverlap
from booking.models import Appointment, Enrollment
from booking.packages.ledger import balance, open_reserves
from booking.packages.queries import entries_by_package
from clinic.self_checks.checks import CheckResult

BATCH = 500


def ledgers(now: datetime) -> CheckResult:
    """Add up the ledger of every package, in batches."""
    wrong: list[str] = []
    rows = list(Enrollment.objects.order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(rows), BATCH):
        packages = list(Enrollment.objects.filter(pk__in=rows[first : first + BATCH]))
        entries = entries_by_package(packages)
        for package in packages:
            found = entries.get(package.pk, [])
            granted = sum(one.delta for one in found if one.kind == "grant")
            left = balance(found)
            # Each reserve that is open may still come back.
            if not 0 <= left <= granted or left + len(open_reserves(found)) > granted:
                wrong.append(str(package.pk))
    faults = [f"The credits of these packages do not add up: {', '.join(wrong)}"] if wrong else []
    return CheckResult(f"{len(rows)} packages", tuple(faults))


def double_visits(now: datetime) -> CheckResult:
    """Look for visits that overlap where the database refuses it while its constraint is there.

    One statement for each of clinicians, rooms and patients, which reads all visits.
    """
    constraints = [one for one in Appointment._meta.constraints if isinstance(one, NoOverlap)]
    doubled = {pk for one in constraints for pk in _overlapping(one)}
    faults = [f"These visits overlap another: {', '.join(sorted(doubled))}"] if doubled else []
    return CheckResult(f"{Appointment.objects.count()} visits", tuple(faults))


def _overlapping(constraint: NoOverlap) -> Iterator[str]:
    (begins, ends), within = constraint.range, constraint.within
    rows = Appointment.objects.filter(constraint.condition or Q(), **{f"{begins}__lt": F(ends)})
    taken_until: dict[tuple[Any, ...], datetime] = {}
    for pk, begin, end, *whose in rows.order_by(begins).values_list("pk", begins, ends, *within):
        key = tuple(whose)
        until = taken_until.get(key)
        if until is not None and begin < until:
            yield str(pk)
        taken_until[key] = end if until is None else max(until, end)
