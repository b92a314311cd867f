"""Make up patients whose data is consistent: every row is written by the actions themselves."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from booking.appointments.attendance import mark_arrived, mark_completed, mark_no_show
from booking.appointments.bookings import book_by_staff
from booking.appointments.changes import cancel_appointment
from booking.catalog.queries import sold_versions
from booking.models import Appointment, Service
from booking.packages.enrollment import enroll
from booking.packages.queries import package_of
from booking.referrals.eligibility import what_may_be_booked
from booking.refusals import Refused
from booking.scheduling.queries import Search, free_slots_for
from booking.terms import current_policy
from booking.waitlist.actions import wish_earlier
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.management.sample.clinic_setup import clinic_morning
from clinic.management.sample.names import LANGUAGES, story_name
from clinic.models.people import Patient, User
from clinic.models.practice import HeardFrom
from intake.concerns.tasks import close_task
from intake.intakes.answering import IntakeContact, save_section, start_intake
from intake.intakes.sending import send_intake
from intake.models import Intake, Task
from intake.questionnaire.definition import INTAKE
from intake.questionnaire.progress import SECTIONS
from intake.review.decisions import Marking, Verdict, sign_decision
from intake.triage.sample_answers import completed

WELL: dict[str, Any] = {
    "safety.emergency": ["none"],
    "safety.body": ["none"],
    "safety.mind": ["none"],
    "bg.delivery": "vaginal",
    "bg.tear": "minor",
    "bg.clearance": "yes",
    "bg.bleeding": "period",
    "bg.history": ["none"],
    "bg.now": ["none"],
    "bg.running": "paused",
    "bg.goal": "regular",
    "leak.when": ["none"],
    "heavy.frequency": "never",
    "pain.areas": ["none"],
    "ready.load": "walk30",
    "ready.sleep": 7,
    "ready.energy": ["none"],
    "ready.mood": "some_days",
    "ready.worry": 3,
}
LEAKS = {
    "leak.when": ["cough", "impact"],
    "leak.frequency": "weekly",
    "leak.amount": "drops",
    "leak.bother": 4,
}
STORIES: tuple[dict[str, Any], ...] = (
    {},
    LEAKS,
    {"bg.tear": "severe"},
    {"heavy.frequency": "daily", "heavy.bulge": "inside", "heavy.bother": 6},
    {"ready.mood": "most_days"},
    {"care.note": "Please tell me before you touch me."},
    {**LEAKS, "leak.frequency": "daily"},
    {"pain.areas": ["low_back"], "pain.worst": 2, "pain.signs": ["none"]},
    {"bg.running": "running", "ready.run_response": "fine", "ready.load": "impact_ok"},
    {"safety.mind": ["prefer_not"]},
)
URGENT = {"safety.body": ["fever"]}
Story = dict[str, Any]


def make_patients(count: int, *, start: date, rng: Random) -> None:
    """Create patients with intakes of every level, packages, and visits around `start`."""
    staff = User.objects.get(is_manager=True, is_sample=True)
    for number, story in zip(range(count), _stories(), strict=False):
        sent = clinic_morning(start - timedelta(days=rng.randrange(0, 28)), rng.randrange(8, 17))
        birth = sent.date() - timedelta(weeks=rng.randrange(13, 40))
        answers = {**WELL, "bg.birth_date": birth.isoformat(), **story}
        intake = fill_in(number, answers, now=sent)
        if intake.level not in ("urgent", "") and number % 3 != 2:
            _visits(intake.patient, sent, start=start, rng=rng, staff=staff)
    review_old_ones(start)
    _add_urgent(count, start)
    _add_to_waitlist(start)


def review_old_ones(start: date) -> None:
    """Sign a decision for each intake whose review was due more than three days before `start`."""
    clinician = User.objects.filter(clinician__isnull=False).earliest("pk")
    old = (
        Intake.objects.sent()
        .awaiting_review()
        .filter(review_due_at__lt=clinic_morning(start - timedelta(days=3)))
    )
    for intake in old:
        flags, due_at = intake.flags.to_mark(), intake.review_due_at
        assert due_at is not None  # awaiting_review says so
        _speak_with(intake, clinician, due_at)
        sign_decision(
            intake_id=intake.pk,
            version=intake.version,
            verdict=Verdict({flag.rule: Marking("reviewed") for flag in flags}, "none"),
            clinician=clinician,
            context=Context(SYSTEM, due_at),
        )


def _speak_with(intake: Intake, clinician: User, now: datetime) -> None:
    """Speak with a patient who was promised it, before her answers are marked as reviewed."""
    owed = Task.objects.open().filter(patient=intake.patient_id, kind="private_check_in")
    for task in owed:
        close_task(
            task_id=task.pk,
            outcome="spoke",
            note="",
            by=clinician,
            context=Context(SYSTEM, now),
        )
    intake.refresh_from_db()


def _stories() -> Iterator[Story]:
    while True:
        yield from STORIES


def fill_in(
    number: int, answers: Story, *, now: datetime, send: bool = True, name: str = ""
) -> Intake:
    """Fill in a form for a new patient as she would, page by page, and send it.

    `number` makes her contact; without a `name` it names her too. She heard of the clinic
    somewhere, or does not say; some came by a link.
    """
    places = list(HeardFrom.objects.asked().values_list("pk", flat=True))
    said, led = [*places, None, None], [*places[2:], *[None] * 2 * len(places)]
    intake = start_intake(
        contact=IntakeContact(
            name=name or story_name(number),
            email=f"patient{number:03}@sample.example",
            phone=f"+178155501{number % 100:02}",
            born_on=date(1988 + number % 9, 1 + number % 12, 1 + number % 28),
            interpreter=LANGUAGES[number // 7 % len(LANGUAGES)] if number % 7 == 3 else "",
        ),
        patient=None,
        context=Context(SYSTEM, now),
        is_sample=True,
        came_by_id=led[number % len(led)] if led else None,
    )
    Patient.objects.filter(pk=intake.patient_id).update(is_unmatched=False)
    answer_pages(intake, answers, now=now)
    if not send:
        return intake
    heard = said[number % len(said)]
    return send_intake(intake_id=intake.pk, context=Context(SYSTEM, now), heard_from_id=heard)


def answer_pages(intake: Intake, answers: Story, *, now: datetime, most: int | None = None) -> None:
    """Save the pages of a form, at most the first `most`, up to one with an urgent answer."""
    said = completed(INTAKE, answers, as_of=now.date())
    for slug, section in list(SECTIONS.items())[:most]:
        posted = {one.id: said.get(one.id) for one in section.questions}
        result = save_section(
            intake_id=intake.pk,
            slug=slug,
            posted=posted,
            is_complete=True,
            context=Context(SYSTEM, now),
        )
        # A patient with an urgent answer is shown what to do and goes no further.
        if result.level == "urgent":
            return


def _add_urgent(number: int, start: date) -> None:
    """Create an intake with an urgent answer that was never sent: it is on the call list anyway."""
    now = clinic_morning(start - timedelta(days=1), 16)
    birth = (start - timedelta(weeks=9)).isoformat()
    fill_in(number, {**WELL, "bg.birth_date": birth, **URGENT}, now=now, send=False)


# Weekdays and parts of the day. Nobody works on Sundays: the first stays on the list, while the
# others may be offered something.
WISHES: tuple[tuple[list[int], list[str]], ...] = (([6], []), ([], ["morning"]), ([], []))


def _add_to_waitlist(start: date) -> None:
    """Put the patients with the latest visits on the waitlist."""
    now = clinic_morning(start - timedelta(days=2))
    ahead = Appointment.objects.upcoming(clinic_morning(start, 23)).order_by("-starts_at", "pk")
    visits = ahead.select_related("patient", "service")
    for visit, (weekdays, parts) in zip(visits, WISHES, strict=False):
        wish_earlier(
            patient=visit.patient,
            service=visit.service,
            weekdays=weekdays,
            parts=parts,
            clinician_id=None,
            context=Context(SYSTEM, now),
        )


def _visits(patient: Patient, sent: datetime, *, start: date, rng: Random, staff: User) -> None:
    """Book what her referral permits: a package with one to three visits, or one evaluation."""
    may_enroll = what_may_be_booked(patient, sent).run_ready.is_open
    if not may_enroll:
        _book(patient, "evaluation", sent, start, rng, staff)
        return
    enroll(patient=patient, version_id=sold_versions()[0].pk, context=Context(SYSTEM, sent))
    for _ in range(rng.randrange(1, 4)):
        package = package_of(patient, sent)
        following = package.next_visit if package else None
        if following is None or not _book(patient, following.service.code, sent, start, rng, staff):
            return


def _book(
    patient: Patient, code: str, sent: datetime, start: date, rng: Random, staff: User
) -> Appointment | None:
    service = Service.objects.get(code=code)
    package = package_of(patient, sent) if service.is_of_package else None
    planned = package.visit_for(service) if package else None
    window = planned.window if planned else None
    first = max(sent.date(), window.earliest if window else sent.date())
    search = Search(
        service=service,
        policy=current_policy(),
        now=sent,
        patient=patient,
        by_staff=True,
        earliest_on=first,
    )
    slots = free_slots_for(search, first_day=first, days=7)
    if not slots:
        return None
    slot = rng.choice(slots)
    try:
        visit = book_by_staff(
            patient=patient,
            service_code=code,
            starts_at=slot.starts_at,
            clinician_id=int(slot.clinician_id),
            staff=staff,
            context=Context(SYSTEM, sent),
        )
    except Refused:
        return None
    return _close_past_visit(visit, start, rng)


def _close_past_visit(visit: Appointment, start: date, rng: Random) -> Appointment | None:
    """Mark a visit before `start` as attended, missed or cancelled.

    Return the visit, or None if it was missed or cancelled.
    """
    if visit.starts_at >= clinic_morning(start, 0):
        return visit
    fate = rng.random()
    # 8 % are missed and 8 % cancelled.
    common: dict[str, Any] = {"appointment_id": visit.pk}
    if fate < 0.08:
        mark_no_show(rev=visit.rev, context=Context(SYSTEM, visit.ends_at), **common)
        return None
    if fate < 0.16:
        cancel_appointment(
            rev=visit.rev, context=Context(SYSTEM, visit.starts_at - timedelta(days=2)), **common
        )
        return None
    mark_arrived(rev=visit.rev, context=Context(SYSTEM, visit.starts_at), **common)
    mark_completed(rev=visit.rev, context=Context(SYSTEM, visit.ends_at), **common)
    return visit
