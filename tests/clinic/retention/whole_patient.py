"""A patient with a row in every table that can hold something of hers, a canary in every text."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from django.db import models

from booking.models import (
    AddedDays,
    CalendarFeed,
    EarlierWish,
    ImportRow,
    ImportRun,
    LedgerEntry,
    Payment,
    SlotOffer,
)
from clinic.audit.record import SYSTEM, record
from clinic.database.sealed import SealedJSONField
from clinic.models import AccessLink, BirthDateTries, Email, KeptForm, SignedIn, Submission
from clinic.models.messages import Asked
from clinic.models.people import Patient, User
from clinic.models.practice import HeardFrom
from clinic.models.sign_in import KnownBrowser, MailedCode, UsedStep
from clinic.retention.every_model import all_models
from clinic.retention.schedule import schedule
from intake.models import (
    Attempt,
    AttemptWords,
    Concern,
    ConcernEvent,
    ConcernEventWords,
    Decision,
    Decline,
    EmailChange,
    EmergencyAccess,
    EmergencyContact,
    Flag,
    Intake,
    TakeOver,
    Task,
    TaskEvent,
    TaskEventWords,
    UrgentCall,
)
from intake.visit_records.actions import write_record
from tests.cast import Cast
from tests.factories import make_appointment, make_enrollment, make_referral, make_user

CANARY = "zqcanary"
# Her name and e-mail, her telephone number, her date of birth, and what follows from the birth.
TELLING = (CANARY, "7815550177", "1987-06-05", "2015-03-04")
# Words typed as a reason in the trail, sealed. And what was asked for with an
# address, of which nobody looked up whose it is: it is deleted within a week by itself.
ASKED = {"clinic.asked.content", "clinic.mailedcode.content"}
STAYS = ASKED | {"clinic.auditdetail.sealed"}


def make_whole_patient(cast: Cast, came: datetime) -> Patient:
    """Fill the cast's patient in, whose one visit was at `came`. Nothing about her is open."""
    patient, by = cast.patient, cast.manager
    clinician = cast.clinician.user
    assert clinician is not None
    other = make_user(email="second@example.test", is_manager=True)
    User.objects.filter(pk=patient.user_id).update(email=f"{CANARY}@example.test", name=CANARY)
    Patient.objects.filter(pk=patient.pk).update(
        name=f"{CANARY} Person",
        email=f"{CANARY}@example.test",
        phone="+17815550177",
        born_on="1987-06-05",
        interpreter=CANARY,
        created_at=came,
    )
    patient.refresh_from_db()
    _add_booking(cast, patient, came)
    _add_mail(patient, came)
    run = ImportRun.objects.create(
        status="imported", zone="UTC", made_at=came, by=by, imported_at=came, undo_until=came
    )
    ImportRow.objects.create(
        run=run, kind="patients", line=2, status="done", cells={"name": CANARY}, patient=patient,
        done_at=came, done_by=by, done_how=CANARY,
    )  # fmt: skip
    form = Intake.objects.create(
        patient=patient, questionnaire_version="1", rules_version="1", raw={"a": CANARY},
        answers={"a": CANARY}, scores={"a": CANARY}, authored=CANARY, started_at=came,
        saved_at=came, sent_at=came, as_of=came.date(), level="clear", next_step=CANARY,
        weeks_since_birth=CANARY,
        heard_from=HeardFrom.objects.create(name="A friend", code="bcdfg"),
        came_by=HeardFrom.objects.create(name="A running club", code="k7m4p"),
    )  # fmt: skip
    words = dict.fromkeys(("text", "told", "reason"), CANARY)
    flag = None
    for number in range(2):
        flag = Flag.objects.create(
            intake=form, rule=f"{CANARY}-{number}", level="caution", domain=CANARY,
            evidence=[CANARY], words=words, reason=CANARY, added_at=came, added_by=by,
            copied_from=flag,
        )  # fmt: skip
    decision = Decision.objects.create(
        intake=form, next_act="decline", content={"note": CANARY}, before={"a": CANARY},
        decided_at=came, decided_by=clinician,
    )  # fmt: skip
    Decline.objects.create(
        patient=patient, decision=decision, declined_at=came, ended_at=came, ended_by=clinician
    )
    TakeOver.objects.create(
        intake=form, taken_from=other, taken_by=clinician, reason=CANARY, taken_at=came
    )
    _add_care(patient, form, clinician, came)
    record(SYSTEM, "test", patient, patient=patient, words=CANARY)
    return patient


def _add_booking(cast: Cast, patient: Patient, came: datetime) -> None:
    referral = make_referral(
        patient=patient, because_of=CANARY, link=CANARY, evaluation_closed=CANARY,
        run_ready_closed=CANARY, first_visit_from="2015-03-04", impact_from="2015-03-04",
    )  # fmt: skip
    package = make_enrollment(patient=patient, referral=referral)
    package.ended_at, package.ending, package.ending_reason = came, "cancelled", CANARY
    package.save()
    visit = make_appointment(
        patient=patient, clinician=cast.clinician, starts_at=came, status="completed",
        overlap_reason=CANARY, early_reason=CANARY, exam_wish=CANARY, told=CANARY, told_at=came,
        referral=referral,
    )  # fmt: skip
    content = {"items": {}, "stage": None, "note": CANARY}
    write_record(visit, revision=1, content=content, by=cast.manager, at=came)
    wish = EarlierWish.objects.create(
        patient=patient, service=visit.service, made_at=came, closed_at=came
    )
    SlotOffer.objects.create(
        wish=wish, hold=visit, priority=1, waiting_then=1, starts_at=came,
        clinician=cast.clinician, offered_at=came, expires_at=came, outcome="declined",
        closed_at=came,
    )  # fmt: skip
    CalendarFeed.objects.create(patient=patient, token_hash=CANARY, made_at=came)
    books: dict[str, Any] = {"enrollment": package, "at": came, "by": "system", "reason": CANARY}
    LedgerEntry.objects.create(kind="adjust", delta=-1, **books)
    Payment.objects.create(kind="refund", cents=100, method="cash", **books)
    AddedDays.objects.create(kind="extension", days=1, starts_on=came.date(), **books)


def _add_mail(patient: Patient, came: datetime) -> None:
    user = patient.user
    assert user is not None
    EmailAddress.objects.create(user=user, email=f"{CANARY}@example.test", primary=True)
    SignedIn.objects.create(
        user=user, browser=CANARY, system=CANARY, address=CANARY, began_at=came, seen_at=came
    )
    shared = {"kind": "visit_confirmation", "due_at": came, "next_try_at": came}
    for whose in ({"patient": patient, "about": "a"}, {"user": user, "about": "b"}):
        Email.objects.create(payload={"a": CANARY}, message_id=CANARY, **shared, **whose)
    AccessLink.objects.create(
        purpose="manage", about=CANARY, patient=patient, token_hash=CANARY, given_to=CANARY
    )
    BirthDateTries.objects.create(patient=patient, wrong=1)
    mailbox = EmailAddress.objects.get(user=user)
    EmailConfirmation.objects.create(email_address=mailbox, key=CANARY)
    KnownBrowser.objects.create(user=user, token_hash=CANARY, first_at=came, last_at=came)
    app = Authenticator.objects.create(user=user, type="totp", data={"secret": CANARY})
    UsedStep.objects.create(authenticator=app, step=1, used_at=came)
    typed = {"email": f"{CANARY}@example.test"}
    Asked.objects.create(kind="code", content=typed, asked_at=came)
    MailedCode.objects.create(digest="x", content=typed, asked_at=came, expires_at=came)
    for person in (f"patient:{patient.pk}", f"user:{user.pk}"):
        KeptForm.objects.create(person=person, content={"a": CANARY}, kept_at=came)
        Submission.objects.create(
            key=person[:40], actor=person, view="x", body_hmac="x", outcome=CANARY
        )


def _add_care(patient: Patient, form: Intake, by: User, came: datetime) -> None:
    task = Task.objects.create(
        patient=patient, kind="call_patient", status="done", outcome="seen", rules=[CANARY],
        actions=[CANARY], question=CANARY, created_at=came, due_at=came, tries_from=came,
        closed_at=came, closed_by=by,
    )  # fmt: skip
    concern = Concern.objects.create(
        patient=patient, rule=CANARY, level="red", state="resolved", raised_at=came,
        last_fired_at=came, last_form=form, changed_at=came, changed_by=by,
    )  # fmt: skip
    task.concerns.add(concern)
    sealed = {"salt": "x", "content": {"note": CANARY}}
    common: dict[str, Any] = {"at": came, "digest": "x"}
    AttemptWords.objects.create(
        event=Attempt.objects.create(task=task, result="no_answer", **common), sealed=sealed
    )
    TaskEventWords.objects.create(
        event=TaskEvent.objects.create(task=task, kind="owed", **common), sealed=sealed
    )
    fired = ConcernEvent.objects.create(concern=concern, kind="fired", state="open", **common)
    ConcernEventWords.objects.create(event=fired, sealed=sealed)
    UrgentCall.objects.create(
        patient=patient, intake=form, task=task, rules=[CANARY], actions=[CANARY],
        answers={"a": CANARY}, changed_answers={"a": CANARY}, raised_at=came,
    )  # fmt: skip
    EmergencyContact.objects.create(patient=patient, content={"name": CANARY}, saved_at=came)
    EmailChange.objects.create(
        patient=patient, new_email=f"{CANARY}@example.test", epoch=0, asked_at=came,
        ended_at=came, ended_why="taken_back",
    )  # fmt: skip
    EmergencyAccess.objects.create(
        patient=patient, user=by, content={"reason": CANARY}, began_at=came,
        ends_at=came + timedelta(hours=1), ended_at=came,
    )  # fmt: skip


def tables_of_patients() -> set[str]:
    """Return the labels of all tables whose rows lead to a patient, found in the models."""
    found: set[type[models.Model]] = {Patient}
    while True:
        more = {
            model
            for model in all_models()
            for column in model._meta.concrete_fields
            if column.related_model in found
        }
        if more <= found:
            return {model._meta.label_lower for model in found}
        found |= more


def sealed_columns() -> set[str]:
    """Return the sealed columns of the tables of patients: what is sealed tells something."""
    _kinds, tables = schedule()
    return {
        f"{label}.{column.attname}"
        for label, table in tables.items()
        if table.rows
        for column in table.model._meta.concrete_fields
        if isinstance(column, SealedJSONField)
    }


def telling_columns() -> set[str]:
    """Return the columns of the whole database in which something of hers can be read.

    Every row of every table is looked at, and what is sealed is opened.
    """
    return {
        f"{model._meta.label_lower}.{name}"
        for model in all_models()
        for row in model._default_manager.all()
        for name, value in _values(row)
        if any(word in value for word in TELLING)
    }


def _values(row: models.Model) -> Iterable[tuple[str, str]]:
    for column in row._meta.concrete_fields:
        value = getattr(row, column.attname)
        yield column.attname, str(value).lower()


def everything_of(patient: Patient) -> list[dict[str, Any]]:
    """Return the columns of a patient's own row and sign-in, to compare them with later."""
    rows = [Patient.objects.filter(pk=patient.pk), User.objects.filter(pk=patient.user_id)]
    return [one.values().get() for one in rows]
