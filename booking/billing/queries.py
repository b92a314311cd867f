"""Read a package or a single visit for the desk: what was paid, what is owed, its credits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.shortcuts import get_object_or_404

from booking.models import AddedDays, Appointment, Enrollment, LedgerEntry, Payment
from booking.packages import ledger
from booking.packages.queries import PackageView, day_of, entries_of, rules_of, view_of
from booking.packages.spacing import misplaced
from booking.policy import owed_for_visit, owed_when_ended_early, refund_cents
from booking.reasons import Reason
from clinic.practice.wall_time import clinic_date


@dataclass(frozen=True)
class LedgerRow:
    """One ledger entry with the balance after it; `may_forgive` if its visit may be forgiven."""

    entry: LedgerEntry
    balance: int
    may_forgive: bool


@dataclass(frozen=True)
class DeskPackage:
    """Everything the desk's page of a package shows; money in cents."""

    enrollment: Enrollment
    view: PackageView
    rows: tuple[LedgerRow, ...]
    payments: tuple[Payment, ...]
    added: tuple[AddedDays, ...]
    misplaced: tuple[tuple[Appointment, Reason], ...]
    owed: int
    refund: int

    @property
    def replan_from(self) -> Appointment | None:
        """The visit from which new times should be planned, see the function of this name."""
        return replan_from(self.misplaced)

    @property
    def paid(self) -> int:
        return sum(one.signed_cents for one in self.payments)

    @property
    def due(self) -> int:
        return max(0, self.owed - self.paid)

    @property
    def version(self) -> int:
        """The version of the package as shown, see `version_of`."""
        return _version(len(self.rows), len(self.payments), len(self.added), self.enrollment)


@dataclass(frozen=True)
class VisitBill:
    """What a visit with a price of its own costs and what was paid for it; money in cents."""

    visit: Appointment
    owed: int
    payments: tuple[Payment, ...]

    @property
    def paid(self) -> int:
        return sum(one.signed_cents for one in self.payments)

    @property
    def due(self) -> int:
        return max(0, self.owed - self.paid)

    @property
    def refund(self) -> int:
        """What was paid beyond what it costs now."""
        return max(0, self.paid - self.owed)

    @property
    def version(self) -> int:
        """A number that changes with every payment and every change of the visit."""
        return 1_000 * self.visit.rev + len(self.payments)


def visit_bill(visit: Appointment) -> VisitBill | None:
    """Return the bill of a visit; None for one without a price of its own."""
    if not visit.price_cents:
        return None
    payments = tuple(visit.payments.select_related("words"))
    return VisitBill(visit, owed_for_visit(visit.status, visit.price_cents), payments)


def paid_cents(paid_for: Enrollment | Appointment) -> int:
    """Return what was paid for it minus what was refunded, in cents."""
    return sum(one.signed_cents for one in paid_for.payments.all())


def balance_of(enrollment: Enrollment) -> int:
    """Return what is still to pay for the package, in cents."""
    return max(0, owed_cents(enrollment) - paid_cents(enrollment))


def owed_cents(enrollment: Enrollment) -> int:
    """Return what the package costs, in cents; less if the desk ended it with visits unused."""
    is_short = enrollment.ending == Enrollment.Ending.CANCELLED
    left = ledger.balance(entries_of(enrollment)) if is_short else 0
    return owed_when_ended(enrollment, left)


def owed_when_ended(enrollment: Enrollment, left: int) -> int:
    """Return what the package costs, in cents, with `left` visits unused if the desk ended it."""
    if enrollment.ending != Enrollment.Ending.CANCELLED:
        return enrollment.owed_cents
    each = enrollment.version.unused_visit_refund_cents or 0
    return owed_when_ended_early(price=enrollment.owed_cents, left=left, each=each)


def version_of(enrollment: Enrollment) -> int:
    """Return a number that changes with every change of the package."""
    counts = (enrollment.ledger.count(), enrollment.payments.count(), enrollment.added_days.count())
    return _version(*counts, enrollment)


def _version(entries: int, payments: int, added: int, enrollment: Enrollment) -> int:
    # Rows of all three are only ever added, so their number is enough. Twice, because ending adds
    # none: the lowest bit says whether the package has ended.
    return 2 * (entries + payments + added) + (enrollment.ended_at is not None)


def is_forgiven(entries: Sequence[LedgerEntry]) -> bool:
    """Return whether a used visit of these entries was forgiven.

    When a mark was undone, its credit was returned too, but the visit went on to its next cycle:
    that does not count.
    """
    kinds: dict[UUID, set[str]] = {}
    for one in entries:
        if one.appointment is not None and one.cycle == one.appointment.cycle:
            kinds.setdefault(one.appointment.pk, set()).add(one.kind)
    return any({"forfeit", "return"} <= found for found in kinds.values())


def desk_package(enrollment: Enrollment, now: datetime) -> DeskPackage:
    """Return the package with its ledger, payments and last day, as they are at `now`."""
    view = view_of(enrollment, now)
    payments = tuple(enrollment.payments.select_related("words"))
    paid = sum(one.signed_cents for one in payments)
    return DeskPackage(
        enrollment,
        view,
        _rows(enrollment),
        payments,
        tuple(enrollment.added_days.select_related("words")),
        tuple(visits_out_of_spacing(view)),
        owed_cents(enrollment),
        refund_cents(
            paid=paid,
            price=enrollment.owed_cents,
            left=view.left,
            each=enrollment.version.unused_visit_refund_cents or 0,
        ),
    )


def _rows(enrollment: Enrollment) -> tuple[LedgerRow, ...]:
    """Return the ledger, oldest first, each entry with the balance after it."""
    entries = list(enrollment.ledger.select_related("words", "appointment__service").order_by("pk"))
    # One visit of a live package may be forgiven.
    may_forgive = enrollment.ended_at is None and not is_forgiven(entries)
    returned = {(one.appointment_id, one.cycle) for one in entries if one.kind == "return"}
    rows, balance = [], 0
    for one in entries:
        balance += one.delta
        is_used = one.kind == "forfeit" and (one.appointment_id, one.cycle) not in returned
        rows.append(LedgerRow(one, balance, may_forgive and is_used))
    return tuple(rows)


def visits_out_of_spacing(view: PackageView) -> list[tuple[Appointment, Reason]]:
    """Return the booked visits whose date no longer fits the others, each with the reason.

    That happens after a move, a late completion or a cancellation. Pages show it to the patient and
    to staff; only they change it.
    """
    placed = {one.number: one.appointment for one in view.visits if one.appointment}
    booked = {n: day_of(row) for n, row in placed.items() if _is_to_check(row)}
    completed = {n: day_of(row) for n, row in placed.items() if row.status == "completed"}
    found = misplaced(
        booked,
        completed=completed,
        bought_on=clinic_date(view.enrollment.enrolled_at, settings.CLINIC_TIME_ZONE),
        rules=rules_of(view.enrollment),
        expires_on=view.use_by,
    )
    return [(placed[number], reason) for number, reason in found.items() if number in placed]


def replan_from(
    misplaced: Sequence[tuple[Appointment, Reason]], changed: Appointment | None = None
) -> Appointment | None:
    """Return the visit from which new times should be planned, None if planning does not help.

    It is the visit that was just changed if that comes first, else the first of `misplaced`, the
    result of `visits_out_of_spacing`. Planning does not help where all that is missing is a date
    for the visit before: that one must be booked first.
    """
    can_move = [visit for visit, reason in misplaced if reason.code != "previous_missing"]
    if not can_move:
        return None
    first = can_move[0]
    is_before = (
        changed is not None
        and changed.status == Appointment.Status.BOOKED
        and (changed.visit_number or 0) <= (first.visit_number or 0)
    )
    return changed if is_before else first


def _is_to_check(visit: Appointment) -> bool:
    # A date that staff chose with a reason against the spacing is not brought up again.
    return visit.status in ("booked", "arrived") and not visit.early_reason


def enrollment_of(enrollment_id: UUID) -> Enrollment:
    """Return the package with its patient, version, policy and referral. Raises Http404."""
    rows = Enrollment.objects.select_related("patient", "policy", "version", "referral")
    return get_object_or_404(rows, pk=enrollment_id)
