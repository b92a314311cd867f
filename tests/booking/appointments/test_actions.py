"""Holding, booking, moving, cancelling and attending: what each does to visit, credit and mail."""

from datetime import datetime, timedelta

import pytest

from booking.appointments.attendance import mark_arrived, mark_completed, mark_no_show, undo_mark
from booking.appointments.bookings import book_by_staff, confirm_hold
from booking.appointments.changes import cancel_appointment, move_appointment, undo_cancel
from booking.appointments.holds import hold_slot, renew_hold
from booking.models import Appointment, Enrollment, Referral, Service
from booking.packages import ledger
from booking.packages.enrollment import enroll
from booking.packages.queries import entries_of, package_of
from booking.referrals.actions import ReferralTerms, replace_referral
from booking.refusals import AlreadyChanged, NotOpen, Refused, SlotTaken
from booking.scheduling.queries import Search, free_slots_for
from booking.terms import current_policy
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.messages import Email
from clinic.models.people import Patient
from tests.cast import Cast, make_cast
from tests.factories import NOW, make_patient, make_referral, newest_version

pytestmark = [pytest.mark.django_db, pytest.mark.promises]
KEY = "holder"


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    make_referral(patient=cast.patient)
    return cast


def slot_in(days: int, service: str = "evaluation", now: datetime = NOW) -> datetime:
    search = Search(service=Service.objects.get(code=service), policy=current_policy(), now=now)
    first = (now + timedelta(days=days)).date()
    return free_slots_for(search, first_day=first, days=7)[0].starts_at


def booked(cast: Cast, service: str = "evaluation", days: int = 7) -> Appointment:
    held = hold_slot(
        patient=cast.patient,
        service_code=service,
        starts_at=slot_in(days, service),
        clinician_id=None,
        holder_key=KEY,
        context=Context(SYSTEM, NOW),
    )
    return confirm_hold(
        appointment_id=held.pk, holder_key=KEY, exam_wish="talk", context=Context(SYSTEM, NOW)
    )


def package(cast: Cast) -> Enrollment:
    return enroll(
        patient=cast.patient, version_id=newest_version().pk, context=Context(SYSTEM, NOW)
    )


def kinds(enrollment: Enrollment) -> list[str]:
    return [entry.kind for entry in entries_of(enrollment)]


def test_a_hold_ends_and_confirming_after_it_still_books_if_the_time_is_free(cast: Cast) -> None:
    held = hold_slot(
        patient=cast.patient, service_code="evaluation", starts_at=slot_in(7),
        clinician_id=None, holder_key=KEY, context=Context(SYSTEM, NOW),
    )  # fmt: skip
    later = NOW + timedelta(minutes=11)
    with pytest.raises(Refused):
        renew_hold(appointment_id=held.pk, holder_key=KEY, context=Context(SYSTEM, later))
    visit = confirm_hold(
        appointment_id=held.pk, holder_key=KEY, exam_wish="", context=Context(SYSTEM, later)
    )
    assert visit.status == "booked"


def test_somebody_elses_hold_cannot_be_confirmed_or_taken(cast: Cast) -> None:
    make_referral(patient=cast.other_patient)
    at = slot_in(7)
    held = hold_slot(
        patient=cast.patient, service_code="evaluation", starts_at=at,
        clinician_id=cast.clinician.pk, holder_key=KEY, context=Context(SYSTEM, NOW),
    )  # fmt: skip
    with pytest.raises(Refused):
        confirm_hold(
            appointment_id=held.pk, holder_key="other", exam_wish="", context=Context(SYSTEM, NOW)
        )
    with pytest.raises(SlotTaken):
        hold_slot(
            patient=cast.other_patient, service_code="evaluation", starts_at=at,
            clinician_id=cast.clinician.pk, holder_key="other", context=Context(SYSTEM, NOW),
        )  # fmt: skip


def test_a_new_hold_releases_the_old_one(cast: Cast) -> None:
    for days in (7, 10):
        hold_slot(
            patient=cast.patient, service_code="evaluation", starts_at=slot_in(days),
            clinician_id=None, holder_key=KEY, context=Context(SYSTEM, NOW),
        )  # fmt: skip
    assert Appointment.objects.filter(status="held").count() == 1


def test_confirming_twice_books_once_and_mails_once(cast: Cast) -> None:
    visit = booked(cast)
    again = confirm_hold(
        appointment_id=visit.pk, holder_key=KEY, exam_wish="", context=Context(SYSTEM, NOW)
    )
    assert again.pk == visit.pk
    assert Email.objects.filter(kind="confirmation").count() == 1
    assert set(Email.objects.values_list("kind", flat=True)) == {
        "confirmation", "reminder_48h", "reminder_24h",
    }  # fmt: skip


def test_a_second_evaluation_is_refused_while_one_is_ahead(cast: Cast) -> None:
    booked(cast)
    with pytest.raises(NotOpen):
        booked(cast, days=14)


@pytest.mark.parametrize(
    "minutes", [-60 * 24 * 9, 7, 60 * 24 * 400], ids=["past", "off the grid", "beyond the horizon"]
)
def test_a_time_that_is_not_offered_is_refused(cast: Cast, minutes: int) -> None:
    with pytest.raises(SlotTaken):
        hold_slot(
            patient=cast.patient, service_code="evaluation",
            starts_at=slot_in(7) + timedelta(minutes=minutes),
            clinician_id=cast.clinician.pk, holder_key=KEY, context=Context(SYSTEM, NOW),
        )  # fmt: skip
    assert not Appointment.objects.exists()


def test_after_an_urgent_answer_nothing_is_booked_and_cancelling_is_free(cast: Cast) -> None:
    enrollment = package(cast)
    visit = booked(cast, "rr1")
    stop = ReferralTerms(level="urgent", source="intake", stops_self_booking=True)
    replace_referral(patient=cast.patient, terms=stop, context=Context(SYSTEM, NOW))
    with pytest.raises(NotOpen):
        booked(cast, days=14)
    with pytest.raises(NotOpen):
        move_appointment(
            appointment_id=visit.pk, rev=0, starts_at=slot_in(9, "rr1"), clinician_id=None,
            context=Context(SYSTEM, NOW),
        )  # fmt: skip
    cancel_appointment(
        appointment_id=visit.pk,
        rev=0,
        context=Context(SYSTEM, visit.starts_at - timedelta(hours=1)),
    )
    assert kinds(enrollment) == ["grant", "reserve", "return"]


def test_the_newest_referral_alone_counts(cast: Cast) -> None:
    red = ReferralTerms(level="red", source="intake", evaluation_opens_on=NOW.date())
    replace_referral(patient=cast.patient, terms=red, context=Context(SYSTEM, NOW))
    assert Referral.objects.current().get(patient=cast.patient).level == "red"
    with pytest.raises(NotOpen):
        package(cast)
    assert booked(cast).status == "booked"


def test_the_desk_opens_the_evaluation_only_and_never_over_an_intake(cast: Cast) -> None:
    desk = ReferralTerms(level="clear", source="desk", evaluation_opens_on=NOW.date())
    with pytest.raises(Refused):
        replace_referral(patient=cast.patient, terms=desk, context=Context(SYSTEM, NOW))
    stranger = make_patient(email="new@example.test")
    replace_referral(patient=stranger, terms=desk, context=Context(SYSTEM, NOW))
    wide = ReferralTerms(level="clear", source="desk", run_ready_opens_on=NOW.date())
    with pytest.raises(Refused):
        replace_referral(patient=stranger, terms=wide, context=Context(SYSTEM, NOW))


def test_package_visits_come_in_order_within_their_spacing(cast: Cast) -> None:
    package(cast)
    with pytest.raises(NotOpen):
        booked(cast, "rr2")
    booked(cast, "rr1", days=7)
    with pytest.raises(NotOpen):
        booked(cast, "rr2", days=8)
    booked(cast, "rr2", days=15)
    view = package_of(cast.patient, NOW)
    assert view is not None
    assert view.left == 4
    assert view.next_visit is not None
    assert view.next_visit.number == 3


def test_enrolling_twice_is_refused(cast: Cast) -> None:
    package(cast)
    with pytest.raises(Refused):
        package(cast)


def test_moving_keeps_the_visit_and_replaces_its_mail(cast: Cast) -> None:
    visit = booked(cast)
    moved = move_appointment(
        appointment_id=visit.pk, rev=0, starts_at=slot_in(10), clinician_id=None,
        context=Context(SYSTEM, NOW),
    )  # fmt: skip
    assert (moved.pk, moved.rev) == (visit.pk, 1)
    assert set(Email.objects.filter(rev=0).values_list("status", flat=True)) == {"skipped"}
    assert set(Email.objects.filter(rev=1).values_list("kind", flat=True)) == {
        "moved", "reminder_48h", "reminder_24h",
    }  # fmt: skip


def test_a_refused_move_leaves_the_visit_where_it_was(cast: Cast) -> None:
    visit = booked(cast)
    with pytest.raises(SlotTaken):
        move_appointment(
            appointment_id=visit.pk, rev=0, starts_at=visit.starts_at + timedelta(minutes=1),
            clinician_id=None, context=Context(SYSTEM, NOW),
        )  # fmt: skip
    visit.refresh_from_db()
    assert (visit.status, visit.rev) == ("booked", 0)


def test_a_stale_page_changes_nothing(cast: Cast) -> None:
    visit = booked(cast)
    with pytest.raises(AlreadyChanged):
        cancel_appointment(appointment_id=visit.pk, rev=7, context=Context(SYSTEM, NOW))
    cancel_appointment(appointment_id=visit.pk, rev=0, context=Context(SYSTEM, NOW))
    with pytest.raises(AlreadyChanged):
        cancel_appointment(appointment_id=visit.pk, rev=0, context=Context(SYSTEM, NOW))


@pytest.mark.parametrize(
    ("minutes", "by_clinic", "excused", "last"),
    [
        (24 * 60, False, False, "return"),
        (24 * 60 - 1, False, False, "forfeit"),
        (60, True, False, "return"),
        (60, False, True, "return"),
    ],
)
def test_what_a_cancellation_costs(
    cast: Cast, minutes: int, by_clinic: bool, excused: bool, last: str
) -> None:
    enrollment = package(cast)
    visit = booked(cast, "rr1")
    cancel_appointment(
        appointment_id=visit.pk,
        rev=0,
        context=Context(SYSTEM, visit.starts_at - timedelta(minutes=minutes)),
        by_clinic=by_clinic,
        excused=excused,
        reason="sick child",
    )
    assert kinds(enrollment)[-1] == last


def test_undoing_a_cancellation_takes_the_time_and_the_credit_again(cast: Cast) -> None:
    enrollment = package(cast)
    visit = booked(cast, "rr1")
    cancel_appointment(appointment_id=visit.pk, rev=0, context=Context(SYSTEM, NOW))
    with pytest.raises(Refused):
        undo_cancel(appointment_id=visit.pk, context=Context(SYSTEM, NOW + timedelta(minutes=16)))
    again = undo_cancel(
        appointment_id=visit.pk, context=Context(SYSTEM, NOW + timedelta(minutes=15))
    )
    assert again.status == "booked"
    assert ledger.balance(entries_of(enrollment)) == 5
    assert kinds(enrollment) == ["grant", "reserve", "return", "reserve"]


def test_attending_uses_the_credit_and_can_be_undone(cast: Cast) -> None:
    enrollment = package(cast)
    visit = booked(cast, "rr1")
    act = {"appointment_id": visit.pk, "rev": 0}
    with pytest.raises(Refused):
        mark_no_show(context=Context(SYSTEM, visit.starts_at - timedelta(minutes=1)), **act)
    with pytest.raises(Refused):
        mark_arrived(context=Context(SYSTEM, visit.starts_at - timedelta(days=1)), **act)
    # On the day itself, also when she comes early.
    mark_arrived(context=Context(SYSTEM, visit.starts_at - timedelta(minutes=30)), **act)
    with pytest.raises(Refused):
        mark_completed(context=Context(SYSTEM, visit.starts_at - timedelta(minutes=1)), **act)
    mark_completed(context=Context(SYSTEM, visit.ends_at), **act)
    assert kinds(enrollment)[-1] == "consume"
    undo_mark(context=Context(SYSTEM, visit.ends_at), **act)
    undo_mark(context=Context(SYSTEM, visit.ends_at), **act)
    mark_no_show(context=Context(SYSTEM, visit.ends_at), **act)
    assert kinds(enrollment)[-1] == "forfeit"
    assert ledger.balance(entries_of(enrollment)) == 5


def test_a_visit_with_an_open_urgent_answer_cannot_be_marked_arrived(cast: Cast) -> None:
    visit = booked(cast)
    Appointment.objects.update(attention="stop")
    with pytest.raises(Refused):
        mark_arrived(appointment_id=visit.pk, rev=0, context=Context(SYSTEM, visit.starts_at))


def test_staff_book_against_the_spacing_only_with_a_reason(cast: Cast) -> None:
    package(cast)
    visit = booked(cast, "rr1")
    booking = {
        "patient": cast.patient, "service_code": "rr2", "clinician_id": None,
        "starts_at": visit.starts_at + timedelta(days=1), "staff": cast.manager,
        "context": Context(SYSTEM, NOW),
    }  # fmt: skip
    with pytest.raises(NotOpen):
        book_by_staff(**booking)
    assert book_by_staff(early_reason="travels", **booking).early_reason == "travels"


def test_staff_overlap_only_with_a_reason_and_never_the_patients_own_time(cast: Cast) -> None:
    visit = booked(cast)
    stranger = Patient.objects.create(name="Third Person", phone="+17815550111")
    booking = {
        "service_code": "evaluation", "clinician_id": visit.clinician_id,
        "starts_at": visit.starts_at, "staff": cast.manager, "context": Context(SYSTEM, NOW),
    }  # fmt: skip
    with pytest.raises(SlotTaken):
        book_by_staff(patient=stranger, **booking)
    over = book_by_staff(patient=stranger, overlap_reason="shared exam", **booking)
    assert over.overlap_reason == "shared exam"
