"""Write the ledger; nothing else does. Callers hold the lock of the package."""

from collections.abc import Iterable, Sequence

from booking.models import Appointment, Enrollment, LedgerEntry
from booking.packages import ledger
from booking.packages.queries import entries_by_package, entries_of
from booking.refusals import Refused
from clinic.audit.context import Context


def write(
    kind: ledger.Kind,
    *,
    enrollment: Enrollment,
    appointment: Appointment | None,
    context: Context,
    reason: str = "",
    delta: int | None = None,
) -> None:
    """Add one entry with the delta of its kind; a grant and an adjustment give their own `delta`.

    Raises Refused when the ledger does not allow it. Callers hold the lock of the package.
    """
    entry = ledger.Entry(
        kind,
        ledger.DELTAS[kind] if delta is None else delta,
        appointment.pk if appointment else None,
        appointment.cycle if appointment else 0,
    )
    if reasons := ledger.reasons_not_to_add(entries_of(enrollment), entry):
        raise Refused(reasons)
    row = LedgerEntry(
        enrollment=enrollment,
        appointment=appointment,
        cycle=entry.cycle,
        kind=kind,
        delta=entry.delta,
        at=context.now,
        by=context.actor.id,
    )
    row.reason = reason
    row.save()


def write_for(
    kinds: Sequence[ledger.Kind],
    appointments: Iterable[Appointment],
    *,
    context: Context,
    reason: str = "",
) -> None:
    """Add these entries, in this order, for each visit of a package; two statements for all.

    Raises Refused, as `write` does. Callers hold the locks of the packages.
    """
    visits = [one for one in appointments if one.enrollment is not None]
    known = entries_by_package([one.enrollment for one in visits if one.enrollment])
    rows = []
    for visit in visits:
        assert visit.enrollment_id is not None
        entries = known.setdefault(visit.enrollment_id, [])
        for kind in kinds:
            entry = ledger.Entry(kind, ledger.DELTAS[kind], visit.pk, visit.cycle)
            if reasons := ledger.reasons_not_to_add(entries, entry):
                raise Refused(reasons)
            entries.append(entry)
            row = LedgerEntry(
                enrollment=visit.enrollment,
                appointment=visit,
                cycle=entry.cycle,
                kind=kind,
                delta=entry.delta,
                at=context.now,
                by=context.actor.id,
            )
            row.reason = reason
            rows.append(row)
    LedgerEntry.objects.bulk_create(rows)
