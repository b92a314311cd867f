"""Intakes as clinicians find them, and the forms they post about them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.test import Client

from booking.models import Referral
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM, Actor
from clinic.management.sample.patients import WELL
from clinic.models.people import Patient, User
from intake.concerns.actions import Firing, raise_concerns
from intake.intakes.answering import IntakeContact, save_section, start_intake
from intake.intakes.corrections import start_correction
from intake.intakes.sending import send_intake
from intake.models import Concern, Flag, Intake
from intake.questionnaire.definition import INTAKE
from intake.questionnaire.progress import SECTIONS
from intake.review.decisions import Marking, Verdict
from intake.review.queue import QueuePage, Tab, queue_page
from intake.triage.sample_answers import completed
from tests.factories import NOW

# In the note and in every other text a patient writes: no list may ever hold it.
CANARY = "canary-word-4c1"
TORN = {"bg.tear": "severe"}
FEVERISH = {"safety.body": ["fever"]}


def flag_of(intake: Intake, rule: str) -> Flag:
    """Return the form's flag of this rule. The rule is sealed: it is found by opening all."""
    (found,) = [flag for flag in intake.flags.all() if flag.rule == rule]
    return found


def make_intake(
    *,
    send: bool = True,
    patient: Patient | None = None,
    now: datetime = NOW,
    name: str = "Ina Example",
    **answers: Any,
) -> Intake:
    """Make an intake a year after the birth, well but for these answers, and send it if `send`."""
    contact = IntakeContact(name, "ina@example.test", "+17815550144", NOW.date().replace(year=1990))
    intake = start_intake(
        contact=None if patient else contact, patient=patient, context=Context(SYSTEM, now)
    )
    return answer_all(intake, send=send, now=now, **answers)


def correct(intake: Intake, *, now: datetime = NOW, **answers: Any) -> Intake:
    """Send a correction of a sent intake, well but for these answers."""
    draft = start_correction(intake_id=intake.pk, context=Context(SYSTEM, now))
    return answer_all(draft, send=True, now=now, **answers)


def answer_all(intake: Intake, *, send: bool, now: datetime, **answers: Any) -> Intake:
    """Answer every page of a draft, well but for these answers, and send it if `send`."""
    birth = NOW.date() - timedelta(weeks=52)
    said = completed(
        INTAKE,
        {**WELL, "bg.birth_date": birth.isoformat(), "care.note": CANARY, **answers},
        as_of=NOW.date(),
    )
    for slug in SECTIONS:
        save_page(intake=intake, slug=slug, said=said, now=now)
    return send_intake(intake_id=intake.pk, context=Context(SYSTEM, now)) if send else intake


def save_page(*, intake: Intake, slug: str, said: dict[str, Any], now: datetime = NOW) -> None:
    """Save one page. A question that is not in `said` is left empty."""
    posted = {one.id: said.get(one.id) for one in SECTIONS[slug].questions}
    save_section(
        intake_id=intake.pk,
        slug=slug,
        posted=posted,
        is_complete=True,
        context=Context(SYSTEM, now),
    )


def change_safety(*, intake: Intake, **answers: Any) -> None:
    """Save the first page of a draft again, well but for these answers."""
    said = completed(INTAKE, {**WELL, **answers}, as_of=NOW.date())
    save_page(intake=intake, slug="safety", said=said)
    intake.refresh_from_db()


def make_row(*, queue: str, due: datetime, sent_at: datetime = NOW, **fields: Any) -> Intake:
    """Make a bare sent intake that waits in this queue, without answering it page by page."""
    level = {"mood": "caution", "reading": "clear"}.get(queue, queue)
    name = fields.pop("name", "Row Example")
    patient = fields.pop("patient", None) or Patient.objects.create(name=name, phone="+17815550145")
    defaults = {
        "questionnaire_version": "1.1",
        "rules_version": "1.1",
        "started_at": sent_at,
        "saved_at": sent_at,
        "sent_at": sent_at,
        "as_of": sent_at.date(),
        "level": level,
        "next_step": "evaluation",
    }
    intake = Intake.objects.create(
        patient=patient, queue=queue, review_due_at=due, **{**defaults, **fields}
    )
    if level != "clear":
        flag = Flag.objects.create(
            intake=intake, rule="R-TEAR-SEVERE", level=level, domain="background", evidence=[]
        )
        if level != "caution":
            fired = Firing(flag.rule, level, [])
            raise_concerns(intake, [fired], context=Context(SYSTEM, sent_at))
    return intake


def waiting(*, now: datetime = NOW, after: UUID | None = None) -> QueuePage:
    """Return a page of the list of everything that waits."""
    return queue_page(Tab.OPEN, reader=None, now=now, after=after)


def posted(intake: Intake, mark: str = "reviewed", reason: str = "", **fields: Any) -> dict:
    """Return what the case page posts when every flag gets this mark."""
    intake.refresh_from_db()
    form: dict[str, Any] = {"version": intake.version, "next_act": "none", "note": "", **fields}
    for rule in rules_to_mark(intake):
        form |= {f"mark-{rule}": mark, f"reason-{rule}": reason}
    return form


def rules_to_mark(intake: Intake) -> list[str]:
    """Return the rules that its case page asks to mark: its flags, and what it raised without."""
    flags = intake.flags.to_mark()
    raised = Concern.objects.open().filter(last_form=intake)
    # A flag that was added by hand is a concern by another name.
    unflagged = {one.rule for one in raised if not one.rule.startswith(Flag.BY_HAND)}
    return sorted({flag.rule for flag in flags} | unflagged)


def verdict(intake: Intake, mark: str = "reviewed", next_act: str = "none") -> Verdict:
    """Return a verdict that gives every flag this mark."""
    rules = rules_to_mark(intake)
    return Verdict(dict.fromkeys(rules, Marking(mark, "because")), next_act)


def actor(user: User) -> Actor:
    """Return the actor of the audit trail for a clinician."""
    return Actor(f"user:{user.pk}", "clinician")


def decide(client: Client, intake: Intake, **fields: Any) -> int:
    """Sign on the case page; return the status of the answer."""
    return client.post(f"/review/{intake.pk}/", posted(intake, **fields)).status_code


def opened(patient: Patient) -> tuple[str, ...]:
    """Return what the patient's current referral opens."""
    referral = Referral.objects.current().get(patient=patient)
    services = (
        ("evaluation", referral.evaluation_opens_on),
        ("run_ready", referral.run_ready_opens_on),
    )
    return tuple(name for name, opens_on in services if opens_on)
