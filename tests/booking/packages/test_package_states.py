"""Which status of a package may follow which, by every action and by a plain save."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from booking.appointments.attendance import mark_completed, undo_mark
from booking.billing.actions import adjust_credits, end_package
from booking.billing.queries import version_of
from booking.models import Appointment, Enrollment, LedgerEntry
from booking.packages.ending import end_due_packages
from booking.refusals import Refused
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.database.transitions import ForbiddenTransition
from tests.cast import Cast, make_cast
from tests.factories import NOW, make_appointment, make_enrollment, make_referral

pytestmark = [pytest.mark.django_db, pytest.mark.promises]

LONG_AFTER = NOW + timedelta(days=800)
STATUSES = ("live", "finished", "cancelled", "expired")
# Only a finished package is reopened, when its sixth visit was marked by mistake.
EXPECTED = {
    ("live", "complete the sixth visit"): "finished",
    ("live", "end"): "cancelled",
    ("live", "expire"): "expired",
    ("live", "adjust"): "live",
    ("finished", "take back the sixth visit"): "live",
}
ALLOWED = {(before, after) for (before, _), after in EXPECTED.items()}
REFUSING = {"end", "adjust"}


def visit(package: Enrollment, cast: Cast, number: int, status: str) -> Appointment:
    made = make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=NOW, service=f"rr{number}",
        enrollment=package, visit_number=number, status=status,
    )  # fmt: skip
    for kind, delta in (("reserve", -1), ("consume", 0)):
        if kind == "reserve" or status == "completed":
            LedgerEntry.objects.create(
                enrollment=package, appointment=made, kind=kind, delta=delta, at=NOW, by="system"
            )
    return made


def of_sixth(action: Callable[..., object], status: str) -> Callable[[Enrollment, Cast], object]:
    return lambda package, cast: action(
        appointment_id=visit(package, cast, 6, status).pk, rev=0, context=Context(SYSTEM, NOW)
    )


def expire(package: Enrollment, cast: Cast) -> None:
    visit(package, cast, 1, "completed")
    end_due_packages(now=LONG_AFTER)


ACTIONS: dict[str, Callable[[Enrollment, Cast], object]] = {
    "complete the sixth visit": of_sixth(mark_completed, "arrived"),
    "take back the sixth visit": of_sixth(undo_mark, "completed"),
    "expire": expire,
    "end": lambda package, cast: end_package(
        enrollment_id=package.pk,
        seen=version_of(package),
        reason="Moved away",
        context=Context(SYSTEM, NOW),
    ),
    "adjust": lambda package, cast: adjust_credits(
        enrollment_id=package.pk,
        seen=version_of(package),
        delta=-1,
        reason="Agreed",
        context=Context(SYSTEM, NOW),
    ),
}


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def make(cast: Cast, status: str) -> Enrollment:
    package = make_enrollment(patient=cast.patient, referral=make_referral(patient=cast.patient))
    put(package, status)
    Enrollment.objects.filter(pk=package.pk).update(
        ended_at=package.ended_at, ending=package.ending
    )
    return Enrollment.objects.get(pk=package.pk)


def put(package: Enrollment, status: str) -> None:
    package.ended_at, package.ending = (None, "") if status == "live" else (NOW, status)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("before", STATUSES)
def test_an_action_leads_where_the_table_says_or_changes_nothing(
    cast: Cast, before: str, action: str
) -> None:
    package = make(cast, before)
    assert package.status == before
    if action in REFUSING and (before, action) not in EXPECTED:
        with pytest.raises(Refused):
            ACTIONS[action](package, cast)
    else:
        ACTIONS[action](package, cast)
    package.refresh_from_db()
    assert package.status == EXPECTED.get((before, action), before)


@pytest.mark.parametrize("after", STATUSES)
@pytest.mark.parametrize("before", STATUSES)
def test_a_save_refuses_what_no_action_does(cast: Cast, before: str, after: str) -> None:
    package = make(cast, before)
    put(package, after)
    is_allowed = before == after or (before, after) in ALLOWED
    if is_allowed:
        package.save()
    else:
        with pytest.raises(ForbiddenTransition):
            package.save()
    package.refresh_from_db()
    assert (package.status == after) == is_allowed
