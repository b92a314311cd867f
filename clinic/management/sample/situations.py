"""One made-up patient for each rarer situation, so that a trial shows staff what it looks like.

Every row is written by the actions themselves, at the times at which it would have happened.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from booking.appointments.attendance import mark_arrived, mark_completed, mark_no_show
from booking.appointments.bookings import book_by_staff, confirm_hold
from booking.appointments.changes import cancel_appointment
from booking.appointments.holds import hold_slot, release_holds
from booking.billing.actions import end_package, record_payment
from booking.billing.payments import record_visit_payment
from booking.billing.queries import version_of, visit_bill
from booking.catalog.queries import sold_versions
from booking.models import Appointment, Enrollment, Service
from booking.packages.ending import end_due_packages
from booking.packages.enrollment import enroll
from booking.packages.queries import package_of
from booking.scheduling.queries import Search, free_slots_for
from booking.scheduling.timetable import Slot
from booking.terms import current_policy
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.management.sample.clinic_setup import clinic_morning
from clinic.management.sample.names import UNUSUAL, story_name
from clinic.management.sample.patients import URGENT, WELL, Story, answer_pages, fill_in
from clinic.models.people import Patient, User
from intake.checkins.due_marks import mark_due_checkins
from intake.duplicates.comparing import owe_comparisons
from intake.episodes.open_concerns import open_concerns
from intake.intakes.answering import start_intake
from intake.intakes.sending import send_intake
from intake.models import Intake
from intake.review.decisions import Marking, Verdict, sign_decision

TORN: Story = {"bg.tear": "severe"}
# A key such as browsers and networks have.
BROWSER, NETWORK = "sample browser", "sample network"


# The number of a name that nobody of the small sample has.
LAST_NAME = 281


class Situations:
    """Makes them: the patients with the unusual names first, numbered from `first` on."""

    def __init__(self, first: int, *, start: date) -> None:
        self.number = first
        self.names = list(UNUSUAL)
        self.start = start
        self.staff = User.objects.get(is_manager=True, is_sample=True)
        self.clinician = User.objects.filter(clinician__isnull=False).earliest("pk")

    def at(self, days: int, hour: int = 9) -> datetime:
        """Return that hour so many days after the start of the sample, before it if negative."""
        return clinic_morning(self.start + timedelta(days=days), hour)

    def form(self, days: int, story: Story | None = None, *, send: bool = True) -> Intake:
        """Return the form that the next patient filled in on that day, twenty weeks after birth."""
        now = self.at(days, 10)
        birth = (now.date() - timedelta(weeks=20)).isoformat()
        answers = {**WELL, "bg.birth_date": birth, **(story or {})}
        self.number += 1
        name = self.names.pop(0) if self.names else ""
        return fill_in(self.number, answers, now=now, send=send, name=name)

    def answer_again(self, patient: Patient, story: Story, now: datetime) -> Intake:
        """Return another form that she fills in then, unsent."""
        birth = (now.date() - timedelta(weeks=24)).isoformat()
        intake = start_intake(contact=None, patient=patient, context=Context(SYSTEM, now))
        answer_pages(intake, {**WELL, "bg.birth_date": birth, **story}, now=now)
        return intake

    def slots(self, patient: Patient, service: Service, now: datetime, first: date) -> list[Slot]:
        """Return what staff could book for her from that date on, within three weeks."""
        search = Search(
            service=service,
            policy=current_policy(),
            now=now,
            patient=patient,
            by_staff=True,
            earliest_on=first,
        )
        return list(free_slots_for(search, first_day=first, days=21))

    def book(
        self, patient: Patient, service: Service, now: datetime, first: date, *, which: int = 0
    ) -> Appointment:
        """Book the first time from that date on, or the one of that number."""
        slot = self.slots(patient, service, now, first)[which]
        return book_by_staff(
            patient=patient,
            service_code=service.code,
            starts_at=slot.starts_at,
            clinician_id=int(slot.clinician_id),
            staff=self.staff,
            context=Context(SYSTEM, now),
        )

    def enroll(self, days: int, package: int = 0) -> Enrollment:
        """Return the package that the next patient bought and paid on that day."""
        intake, now = self.form(days), self.at(days, 11)
        version = sold_versions()[package]
        bought = enroll(patient=intake.patient, version_id=version.pk, context=Context(SYSTEM, now))
        record_payment(
            enrollment_id=bought.pk,
            seen=version_of(bought),
            cents=bought.owed_cents,
            method="card",
            context=Context(SYSTEM, now),
        )
        return bought

    def attend(self, bought: Enrollment, visits: int) -> None:
        """Have her come to the next visits of her package, each as early as it may be."""
        patient, now = bought.patient, bought.enrolled_at
        for _ in range(visits):
            visit = self.next_visit(patient, now)
            complete(visit)
            now = visit.ends_at

    def next_visit(self, patient: Patient, now: datetime) -> Appointment:
        """Book the next visit of her package, as early as it may be."""
        package = package_of(patient, now)
        planned = package.next_visit if package else None
        assert planned is not None
        assert planned.window is not None
        first = max(now.date() + timedelta(days=1), planned.window.earliest)
        return self.book(patient, planned.service, now, first)


def complete(visit: Appointment) -> None:
    """Mark the visit as attended, from beginning to end."""
    mark_arrived(appointment_id=visit.pk, rev=visit.rev, context=Context(SYSTEM, visit.starts_at))
    mark_completed(appointment_id=visit.pk, rev=visit.rev, context=Context(SYSTEM, visit.ends_at))


def make_situations(first: int, *, start: date) -> None:
    """Create a patient for each of these situations. `first` is the number of the first one."""
    sample = Situations(first, start=start)
    makers: tuple[Callable[[Situations], Any], ...] = (
        _has_finished,
        _moved_away,
        _came_once,
        _is_in_the_longer_package,
        _waits_for_the_review,
        _must_be_called_first,
        _is_in_the_waiting_room,
        _has_not_confirmed,
        _is_choosing,
        _did_not_come,
        _stopped_half_way,
        _was_decided_before_sending,
        _came_back_without_signing_in,
    )
    for make in makers:
        make(sample)
    end_due_packages(now=sample.at(0))
    mark_due_checkins(now=sample.at(0))
    owe_comparisons(now=sample.at(0))


def _evaluation() -> Service:
    return Service.objects.get(code="evaluation")


def _has_finished(sample: Situations) -> None:
    """Finish six visits, then book a follow-up."""
    bought = sample.enroll(-150)
    sample.attend(bought, 6)
    follow_up = Service.objects.get(kind=Service.Kind.FOLLOW_UP)
    sample.book(bought.patient, follow_up, sample.at(-1), sample.start + timedelta(days=1))


def _moved_away(sample: Situations) -> None:
    """End a package early, after one visit."""
    bought = sample.enroll(-60)
    sample.attend(bought, 1)
    end_package(
        enrollment_id=bought.pk,
        seen=version_of(bought),
        reason="Moved to another town",
        context=Context(SYSTEM, sample.at(-20)),
    )


def _came_once(sample: Situations) -> None:
    """Let a package expire after one visit."""
    sample.attend(sample.enroll(-230), 1)


def _is_in_the_longer_package(sample: Situations) -> None:
    """Have two visits of eight behind, and the third in the next days: its check-in is due."""
    bought = sample.enroll(-30, package=1)
    sample.attend(bought, 2)
    now = sample.at(-1)
    package = package_of(bought.patient, now)
    planned = package.next_visit if package else None
    assert planned is not None
    sample.book(bought.patient, planned.service, now, sample.start + timedelta(days=1))


def _waits_for_the_review(sample: Situations) -> None:
    """Answer anew within a package, this time red: no jumping or running until it is read."""
    bought = sample.enroll(-20)
    sample.attend(bought, 1)
    sample.next_visit(bought.patient, sample.at(-1, 9))
    now = sample.at(-1, 14)
    again = sample.answer_again(bought.patient, TORN, now)
    send_intake(intake_id=again.pk, context=Context(SYSTEM, now))


def _must_be_called_first(sample: Situations) -> None:
    """Answer again before a visit, this time with a danger sign."""
    patient = sample.form(-6).patient
    sample.book(patient, _evaluation(), sample.at(-6, 11), sample.start + timedelta(days=1))
    sample.answer_again(patient, URGENT, sample.at(-1, 15))


def _is_in_the_waiting_room(sample: Situations) -> None:
    """Arrive for the last visit begun by nine o'clock, today if the clinic is open; half paid."""
    patient = sample.form(-12).patient
    now, service = sample.at(-12, 11), _evaluation()
    slots = sample.slots(patient, service, now, sample.start - timedelta(days=7))
    begun = [one for one in slots if one.starts_at <= sample.at(0)]
    visit = book_by_staff(
        patient=patient,
        service_code=service.code,
        starts_at=begun[-1].starts_at,
        clinician_id=int(begun[-1].clinician_id),
        staff=sample.staff,
        context=Context(SYSTEM, now),
    )
    came = Context(SYSTEM, visit.starts_at)
    mark_arrived(appointment_id=visit.pk, rev=visit.rev, context=came)
    visit.refresh_from_db()
    bill = visit_bill(visit)
    assert bill is not None
    # A part in advance: the rest stands on the list "To pay".
    record_visit_payment(
        appointment_id=visit.pk, seen=bill.version, cents=bill.due // 2, method="cash", context=came
    )


def _hold(sample: Situations, patient: Patient, now: datetime, browser: str) -> Appointment:
    slots = sample.slots(patient, _evaluation(), now, sample.start + timedelta(days=3))
    return hold_slot(
        patient=patient,
        service_code="evaluation",
        starts_at=slots[-1].starts_at,
        clinician_id=int(slots[-1].clinician_id),
        holder_key=browser,
        network=NETWORK,
        context=Context(SYSTEM, now),
    )


def _has_not_confirmed(sample: Situations) -> None:
    """Book online this morning, and leave the mail unread."""
    now = sample.at(0, 8)
    held = _hold(sample, sample.form(-1).patient, now, BROWSER)
    confirm_hold(
        appointment_id=held.pk, holder_key=BROWSER, exam_wish="talk", context=Context(SYSTEM, now)
    )


def _is_choosing(sample: Situations) -> None:
    """Let one time go and hold another one."""
    patient, now = sample.form(-1).patient, sample.at(0, 8)
    _hold(sample, patient, now, "another sample browser")
    release_holds(holder_key="another sample browser", now=now)
    _hold(sample, patient, now, "a third sample browser")


def _did_not_come(sample: Situations) -> None:
    """Miss one evaluation, book again and cancel that one."""
    patient = sample.form(-20).patient
    now = sample.at(-20, 11)
    missed = sample.book(patient, _evaluation(), now, sample.start - timedelta(days=18))
    mark_no_show(appointment_id=missed.pk, rev=missed.rev, context=Context(SYSTEM, missed.ends_at))
    now = sample.at(-8)
    again = sample.book(patient, _evaluation(), now, sample.start - timedelta(days=6))
    cancel_appointment(
        appointment_id=again.pk,
        rev=again.rev,
        context=Context(SYSTEM, again.starts_at - timedelta(days=1, hours=2)),
    )


def _stopped_half_way(sample: Situations) -> None:
    """Begin the questions, and come back another day: a draft without a danger sign."""
    intake = sample.form(-2, send=False)
    assert intake.status == Intake.Status.DRAFT


def _was_decided_before_sending(sample: Situations) -> None:
    """Stop at a danger sign; a clinician decides on what is there."""
    intake = sample.form(-3, URGENT, send=False)
    intake.refresh_from_db()
    calls = intake.urgent_calls.all()
    rules = [concern.rule for call in calls for concern in call.task.concerns.all()]
    sign_decision(
        intake_id=intake.pk,
        version=intake.version,
        verdict=Verdict({rule: Marking("impact_held", "Wait") for rule in rules}, "none"),
        clinician=sample.clinician,
        context=Context(SYSTEM, sample.at(-3, 12)),
    )


def _came_back_without_signing_in(sample: Situations) -> None:
    """Hold impact, then fill in a fresh form under another name and book: a second record."""
    first = sample.form(-9, TORN)
    first.refresh_from_db()
    sign_decision(
        intake_id=first.pk,
        version=first.version,
        verdict=Verdict(
            {one.rule: Marking("impact_held", "Wait") for one in open_concerns(first.patient_id)},
            "none",
        ),
        clinician=sample.clinician,
        context=Context(SYSTEM, sample.at(-8, 12)),
    )
    now = sample.at(-1, 10)
    birth = (now.date() - timedelta(weeks=21)).isoformat()
    answers: Story = {**WELL, "bg.birth_date": birth}
    again = fill_in(sample.number, answers, now=now, name=story_name(LAST_NAME))
    # As it is for a contact that is known.
    Patient.objects.filter(pk=again.patient_id).update(is_unmatched=True)
    sample.book(again.patient, _evaluation(), sample.at(-1, 11), sample.start + timedelta(days=1))
