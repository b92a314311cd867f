"""Packages of different lengths side by side, and what the database keeps of them."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import IntegrityError, transaction

from booking.appointments.attendance import mark_arrived, mark_completed
from booking.appointments.bookings import book_by_staff
from booking.billing.queries import desk_package
from booking.catalog.actions import save_package, terms_of_version
from booking.constraints import violated
from booking.models import (
    Appointment,
    Enrollment,
    LedgerEntry,
    PackageVersion,
    PackageVisit,
    Payment,
    Service,
)
from booking.packages import ledger
from booking.packages.enrollment import enroll
from booking.packages.queries import entries_of, package_of, rules_of
from booking.packages.spacing import window
from booking.planner.actions import book_plan_by_staff
from booking.planner.plan import PlanWishes, best_plan
from booking.planner.queries import planning_of
from booking.referrals.eligibility import what_may_be_booked
from booking.refusals import NotOpen, Refused
from booking.reminders.neutral_words import what_it_is
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.people import Patient
from tests.cast import Cast, make_cast
from tests.factories import (
    EIGHT_VISITS,
    NOW,
    make_appointment,
    make_enrollment,
    make_follow_up,
    make_referral,
    make_version,
    newest_version,
)

pytestmark = [pytest.mark.django_db, pytest.mark.promises]
AT_ONCE = Context(SYSTEM, NOW)
DAY = timedelta(days=1)


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    for patient in (cast.patient, cast.other_patient):
        make_referral(patient=patient)
    return cast


def longer(**fields: object) -> PackageVersion:
    """Sell a second package of eight visits."""
    return make_version(
        visits=EIGHT_VISITS,
        **{"name": "Back to racing", "price_cents": 152_000, "validity_days": 240, **fields},
    )


def buy(patient: Patient, version: PackageVersion) -> Enrollment:
    return enroll(patient=patient, version_id=version.pk, context=AT_ONCE)


def plan_all(cast: Cast, patient: Patient) -> list[Appointment]:
    """Book the best plan for all visits of the patient's package."""
    planning = planning_of(patient, wishes=PlanWishes(), holder_key="", now=NOW, by_staff=True)
    slots = best_plan(planning.task).slots
    times = {number: (one.starts_at, int(one.clinician_id)) for number, one in slots.items()}
    return book_plan_by_staff(patient=patient, times=times, staff=cast.manager, context=AT_ONCE)


def complete(visit: Appointment) -> None:
    mark_arrived(appointment_id=visit.pk, rev=visit.rev, context=Context(SYSTEM, visit.starts_at))
    visit.refresh_from_db()
    mark_completed(appointment_id=visit.pk, rev=visit.rev, context=Context(SYSTEM, visit.ends_at))


def test_eight_visits_are_sold_planned_and_finished_beside_six(cast: Cast) -> None:
    six, eight = newest_version(), longer()
    short, long = buy(cast.other_patient, six), buy(cast.patient, eight)
    assert (short.price_cents, long.price_cents) == (114_000, 152_000)
    assert [ledger.balance(entries_of(one)) for one in (short, long)] == [6, 8]
    visits = plan_all(cast, cast.patient)
    assert [(one.visit_number, one.step, one.service.code) for one in visits] == [
        (1, 1, "rr1"), (2, 2, "rr2"), (3, 3, "rr3"), (4, 4, "rr4"), (5, 5, "rr5"), (6, 5, "rr5"),
        (7, 5, "rr5"), (8, 6, "rr6"),
    ]  # fmt: skip
    # The sixth to the eighth count from the one before by the days of their rows.
    gaps = [
        (after.starts_at.date() - before.starts_at.date()).days
        for before, after in pairwise(visits)
    ]
    assert all(least <= gap for least, gap in zip((7, 7, 7, 14, 14, 14, 14), gaps, strict=True))
    assert what_it_is(visits[6]) == "Appointment 7 of 8"
    assert ledger.balance(entries_of(long)) == 0
    for visit in visits[:7]:
        complete(visit)
    long.refresh_from_db()
    assert long.ended_at is None
    complete(visits[7])
    long.refresh_from_db()
    assert long.ending == "finished"
    short.refresh_from_db()
    assert (short.version, short.ended_at) == (six, None)


def test_an_unused_visit_pays_back_what_its_own_version_says(cast: Cast) -> None:
    short = buy(cast.other_patient, newest_version())
    long = buy(cast.patient, longer(unused_visit_refund_cents=18_000))
    for enrollment, cents in ((short, 114_000), (long, 152_000)):
        Payment.objects.create(
            enrollment=enrollment, kind="paid", part=1, cents=cents, method="card", at=NOW, by="x"
        )
    # Six at $190 are the whole price; eight at $180 leave $80.
    assert desk_package(short, NOW).refund == 114_000
    assert desk_package(long, NOW).refund == 144_000


def test_who_bought_keeps_it_when_the_package_changes(cast: Cast) -> None:
    bought = newest_version()
    enrollment = buy(cast.patient, bought)
    terms = terms_of_version(bought)
    changed = save_package(
        package_id=bought.package_id,
        terms=type(terms)(
            name="Run Ready, short",
            price_cents=80_000,
            validity_days=90,
            unused_visit_refund_cents=10_000,
            payment_parts=4,
            visits=terms.visits[:4],
        ),
        is_offered=True,
        seen=str(bought.pk),
        by=cast.manager,
        context=AT_ONCE,
    )
    package = package_of(cast.patient, NOW)
    assert package is not None
    assert (package.left, len(package.visits)) == (6, 6)
    assert (package.version.name, package.enrollment.price_cents) == ("Run Ready", 114_000)
    # The page that she had open still shows the former one.
    with pytest.raises(Refused) as refused:
        buy(cast.other_patient, bought)
    assert [one.code for one in refused.value.reasons] == ["offer_changed"]
    other = buy(cast.other_patient, changed)
    assert (other.price_cents, ledger.balance(entries_of(other))) == (80_000, 4)
    enrollment.refresh_from_db()
    assert enrollment.version == bought


def test_the_same_terms_make_no_new_version_and_what_is_not_sold_is_not_bought(
    cast: Cast,
) -> None:
    version = newest_version()
    for is_offered in (True, False):
        again = save_package(
            package_id=version.package_id,
            terms=terms_of_version(version),
            is_offered=is_offered,
            seen=str(version.pk),
            by=cast.manager,
            context=AT_ONCE,
        )
        assert again == version
    assert not what_may_be_booked(cast.patient, NOW).run_ready.is_open
    with pytest.raises(NotOpen):
        buy(cast.patient, version)


def test_a_follow_up_is_booked_while_an_evaluation_is_ahead(cast: Cast) -> None:
    follow_up = make_follow_up()
    make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=NOW + 3 * DAY, status="booked"
    )
    before = what_may_be_booked(cast.patient, NOW)
    assert before.follow_up.reason is not None
    assert before.follow_up.reason.code == "not_seen_yet"
    make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=NOW - 30 * DAY,
        status="completed",
    )  # fmt: skip
    assert what_may_be_booked(cast.patient, NOW).follow_up.is_open
    visit = book_by_staff(
        patient=cast.patient, service_code=follow_up.code, starts_at=NOW + 4 * DAY,
        clinician_id=cast.clinician.pk, staff=cast.manager, context=AT_ONCE,
    )  # fmt: skip
    assert (visit.enrollment, visit.visit_number, visit.step) == (None, None, None)
    assert (visit.price_cents, visit.ends_at - visit.starts_at) == (15_000, timedelta(minutes=45))
    after = what_may_be_booked(cast.patient, NOW)
    assert after.evaluation.reason is not None
    assert after.follow_up.reason is not None
    assert (after.evaluation.reason.code, after.follow_up.reason.code) == (
        "has_evaluation",
        "has_follow_up",
    )


@pytest.mark.parametrize(
    ("closed", "is_open"),
    [
        ({"level": "red", "run_ready_opens_on": None, "run_ready_closed": "review"}, True),
        ({"level": "urgent", "stops_self_booking": True}, False),
        ({"stops_self_booking": True, "evaluation_closed": "declined"}, False),
    ],
)
def test_a_follow_up_opens_wherever_the_evaluation_does(
    cast: Cast, closed: dict[str, object], is_open: bool
) -> None:
    make_follow_up()
    make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=NOW - 30 * DAY,
        status="completed",
    )  # fmt: skip
    cast.patient.referrals.update(superseded_at=NOW)
    make_referral(patient=cast.patient, **{"source": "decision", **closed})
    found = what_may_be_booked(cast.patient, NOW)
    assert found.follow_up.is_open is is_open
    assert found.evaluation.is_open is is_open


def test_every_visit_from_the_first_impact_step_on_waits_for_day_84(cast: Cast) -> None:
    quick = make_version(
        visits=(("rr1", 1, 0, None), ("rr2", 2, 1, 7), ("rr3", 3, 1, 7), ("rr4", 4, 1, None))
    )
    enrollment = make_enrollment(
        patient=cast.patient, referral=cast.patient.referrals.get(), version=quick
    )
    rules = rules_of(enrollment)
    early = enrollment.impact_from - 40 * DAY
    assert window(2, previous_on=early, rules=rules).earliest == early + DAY
    for number in (3, 4):
        found = window(number, previous_on=early, rules=rules)
        assert found.earliest == enrollment.impact_from
    assert found.target_latest is None


def refused_by(write: Callable[[], object]) -> str | None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        write()
    return violated(refused.value)


def test_the_database_compares_with_the_version_that_was_bought(cast: Cast) -> None:
    six = newest_version()
    enrollment = make_enrollment(
        patient=cast.patient, referral=cast.patient.referrals.get(), version=six
    )
    eight = longer()
    other = Enrollment.objects.create(
        patient=cast.other_patient, referral=cast.other_patient.referrals.get(), version=eight,
        policy=enrollment.policy, price_cents=1, first_visit_from=NOW.date(),
        impact_from=NOW.date(), enrolled_at=NOW,
    )  # fmt: skip
    grant = {"enrollment": other, "kind": "grant", "at": NOW, "by": "system"}
    assert (
        refused_by(lambda: LedgerEntry.objects.create(delta=6, **grant))
        == "ledger_grants_what_was_bought"
    )
    LedgerEntry.objects.create(delta=8, **grant)
    visit = make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=NOW, service="rr6",
        enrollment=enrollment, visit_number=6,
    )  # fmt: skip
    rows = Appointment.objects.filter(pk=visit.pk)
    assert refused_by(lambda: rows.update(visit_number=7)) == "appointment_visit_of_version"
    assert refused_by(lambda: rows.update(step=5)) == "appointment_visit_of_version"
    assert refused_by(lambda: rows.update(enrollment=None)) == "appointment_visit_of_package"
    bought = Enrollment.objects.filter(pk=enrollment.pk)
    assert refused_by(lambda: bought.update(version=eight)) == "enrollment_keeps_its_version"


def test_the_database_refuses_a_version_that_is_not_whole_or_goes_back(cast: Cast) -> None:
    services = {one.code: one for one in Service.objects.all()}
    version = newest_version()
    half = PackageVersion.objects.create(
        package=version.package, number=99, name="Half", visit_count=3, price_cents=1,
        unused_visit_refund_cents=0, in_force_from=NOW,
    )  # fmt: skip

    def add(number: int, step: int, code: str = "rr2") -> Callable[[], PackageVisit]:
        return lambda: PackageVisit.objects.create(
            version=half, number=number, step=step, service=services[code]
        )

    assert refused_by(add(1, 2)) == "package_visit_begins_with_first_step"
    add(1, 1)()
    add(2, 3)()
    assert refused_by(add(3, 2)) == "package_visit_step_never_back"
    assert refused_by(add(4, 3)) == "package_visit_fits_version"
    assert refused_by(add(3, 3, "evaluation")) == "package_visit_is_of_package"
    buying = {
        "patient": cast.patient,
        "referral": cast.patient.referrals.get(),
        "policy_id": make_enrollment(
            patient=cast.other_patient, referral=cast.other_patient.referrals.get(), version=version
        ).policy_id,
        "price_cents": 1,
        "first_visit_from": NOW.date(),
        "impact_from": NOW.date(),
        "enrolled_at": NOW,
    }
    assert (
        refused_by(lambda: Enrollment.objects.create(version=half, **buying))
        == "enrollment_buys_whole_version"
    )
    assert refused_by(lambda: PackageVersion.objects.update(price_cents=2)) == (
        "package_version_append_only"
    )
    kinds = Service.objects.filter(code="rr1")
    assert refused_by(lambda: kinds.update(kind="evaluation", price_cents=1)) == (
        "service_keeps_its_kind"
    )
