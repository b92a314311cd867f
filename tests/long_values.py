"""A sample clinic in which everything that people type is one word, as long as it may be."""

from datetime import time, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import models
from django.utils import timezone

from booking.models import (
    AddedDays,
    Appointment,
    EarlierWish,
    Enrollment,
    ExtraOpening,
    ImportRow,
    ImportRun,
    LedgerEntry,
    Payment,
    SlotOffer,
)
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.database.append_only import lifted
from clinic.database.sealed import SealedJSONField
from clinic.models.audit import AuditDetail
from clinic.models.messages import Email
from clinic.models.people import Clinician, Patient, User
from clinic.practice.wall_time import instant
from intake.concerns.actions import mark_concern
from intake.concerns.tasks import close_task, owe_task, record_attempt, take_task
from intake.models import Concern, EmergencyAccess, Flag, Intake, TakeOver, Task, UrgentCall
from intake.visit_records.actions import write_record
from tests.factories import make_appointment, make_enrollment, make_patient, make_referral

# In most fonts no letter is wider.
WIDE = "W"
# As long as the forms let a reason be.
LONG_REASON = WIDE * 200
# A text of several lines: the forms let it be 10,000 long, which breaks no other way than this.
LONG_TEXT = WIDE * 1000

# Columns that hold what somebody typed, and are filled to their last character.
TYPED = {
    "clinic.patient": ("name", "email", "phone", "interpreter"),
    "clinic.user": ("name", "email"),
    "clinic.clinician": ("name",),
    "clinic.clinicfacts": (
        "name",
        "mail_name",
        "address",
        "door",
        "parking",
        "crisis_line",
        "tax_number",
        "provider_number",
    ),
    "clinic.heardfrom": ("name",),
    "intake.rulessignoff": ("name", "license_number"),
    "booking.service": ("name",),
    "booking.packageversion": ("name",),
    "booking.room": ("name",),
    "booking.closure": ("label",),
    "booking.extraopening": ("label",),
}
# Sealed columns that hold typed texts among other things; `make_long_clinic` writes them.
TYPED_AND_SEALED = {
    "clinic.auditdetail": ("sealed",),
    "booking.appointment": ("overlap_reason", "early_reason"),
    "booking.enrollment": ("ending_reason",),
    "booking.ledgerreason": ("sealed",),
    "booking.paymentreason": ("sealed",),
    "booking.addeddaysreason": ("sealed",),
    "booking.importrun": ("files",),
    "booking.importrow": ("cells", "done_how"),
    "intake.intake": ("raw", "answers"),
    "clinic.keptform": ("content",),
    "intake.attemptwords": ("sealed",),
    "intake.concerneventwords": ("sealed",),
    "intake.task": ("question",),
    "intake.taskeventwords": ("sealed",),
    "intake.flag": ("reason", "words"),
    "intake.decision": ("content",),
    "intake.visitrecordwords": ("sealed",),
    "intake.takeover": ("reason",),
    "intake.emergencyaccess": ("content",),
    "intake.emergencycontact": ("content",),
}
# Columns that the code fills in: ids, codes, keys, choices of a form.
NOT_TYPED = {
    "booking.importrun": ("zone", "words"),
    "booking.importrow": ("reason",),
    # Made from what was typed, for finding it.
    "clinic.patient": ("name_key", "phone_key", "email_key"),
    "clinic.keptform": ("person",),
    "intake.attempt": ("digest",),
    "intake.concern": ("rule", "digest"),
    "intake.concernevent": ("digest",),
    "intake.task": ("about", "actions", "outcome", "rules"),
    "intake.taskevent": ("digest", "outcome"),
    "clinic.user": ("password",),
    "clinic.asked": ("kind", "content"),
    "clinic.knownbrowser": ("token_hash",),
    "clinic.mailedcode": ("digest", "content"),
    "clinic.mailtest": ("digest", "server", "sender"),
    "clinic.clinicfacts": ("phone", "zone", "state", "payment_link"),
    "clinic.storedsession": ("key_hash", "data"),
    "clinic.trycount": ("key",),
    "clinic.ratecount": ("key",),
    "clinic.signedin": ("browser", "system", "address"),
    "clinic.email": ("about", "kind", "payload", "message_id", "reason"),
    "clinic.heardfrom": ("code",),
    "clinic.heartbeat": ("job",),
    "clinic.accesslink": ("purpose", "about", "token_hash", "given_to"),
    "clinic.auditevent": (
        "actor",
        "role",
        "action",
        "reason",
        "object",
        "patient",
        "ip",
        "once",
        "fields_digest",
    ),
    "clinic.auditseal": ("events", "previous", "digest", "key", "mac"),
    "clinic.submission": ("key", "actor", "view", "body_hmac", "outcome"),
    "booking.service": ("code",),
    "booking.appointment": ("holder_key", "network_key", "promised_zone", "told"),
    "booking.closure": ("promised_zone",),
    "booking.extraopening": ("promised_zone",),
    "booking.slotoffer": ("promised_zone",),
    "booking.referral": ("because_of", "link", "needs_pessary_fitting"),
    "booking.ledgerentry": ("by", "reason_digest"),
    "booking.payment": ("by", "reason_digest"),
    "booking.addeddays": ("by", "reason_digest"),
    "booking.calendarfeed": ("token_hash",),
    "intake.intake": (
        *("questionnaire_version", "rules_version", "authored", "next_step", "scores"),
        "weeks_since_birth",
    ),
    "intake.visitrecord": ("digest",),
    "intake.urgentcall": ("answers", "changed_answers", "rules", "actions"),
    "intake.flag": ("rule", "digest", "domain", "evidence"),
    "clinic.keycheck": ("sealed", "digest"),
    # An address, which its form takes no longer than a column of one.
    "intake.emailchange": ("new_email",),
    "intake.decision": ("before",),
    "intake.rulessignoff": ("rules_version",),
    "intake.replay": ("rules_version", "changes"),
}


def text_columns() -> set[tuple[str, str]]:
    """Return (model, column) of every column of the product that can hold words."""
    kinds = (models.CharField, models.TextField, SealedJSONField)
    return {
        (model._meta.label_lower, field.name)
        for app in ("clinic", "booking", "intake")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, kinds) and not field.choices
    }


def longest(field: Any, number: int = 0) -> str:
    """Return the longest value of a column, in one word; `number` makes it unique."""
    if isinstance(field, models.EmailField):
        local, label = f"{number}".rjust(64, "w"), "w" * 61
        return f"{local}@{label}.{label}.{label}.test"[: field.max_length]
    if field.name == "phone":
        return "+" + "8" * (field.max_length - 1)
    return (str(number) if field.unique else "").rjust(field.max_length, WIDE)


def make_long_clinic() -> None:
    """Make the sample clinic with rows for every staff page, then fill in the longest values.

    The first clinician has a visit under way today and one tomorrow.
    """
    make_full_clinic()
    _write_long_notes()
    with lifted():
        for label, names in TYPED.items():
            model = apps.get_model(label)
            for name in names:
                _fill(model, name)


def make_full_clinic() -> None:
    """Make the sample clinic with rows for every staff page; few of its texts are long."""
    call_command("seed", patients=16)
    _add_calls()
    _add_visits()
    _add_money()
    _add_mail()
    _add_emergency_access()
    _add_claims()
    _add_import()


def _fill(model: Any, name: str) -> None:
    rows, field = model._default_manager.all(), model._meta.get_field(name)
    is_unique = field.unique or (model._meta.label, name) == ("clinic.HeardFrom", "name")
    if not is_unique:
        rows.update(**{name: longest(field)})
        return
    for number, row in enumerate(rows.order_by("pk")):
        model._default_manager.filter(pk=row.pk).update(**{name: longest(field, number)})


def _add_import() -> None:
    """Make an import that waits to be started, with an unclear row, and one that needs a person."""
    known, word = Patient.objects.exclude(email="").earliest("created_at"), WIDE * 300
    run = ImportRun.objects.create(
        status="judged",
        zone=settings.CLINIC_TIME_ZONE,
        files={
            "patients": {"format": "template", "unread": [word], "rows": 1},
            "visits": {"format": "template", "unread": [], "rows": 1},
        },
        words={"services": {word: ""}, "clinicians": {word: ""}, "packages": {word: ""}},
        made_at=timezone.now(),
        by=User.objects.get(is_manager=True),
    )
    alike = {"name": WIDE * 120, "phone": known.phone, "email": known.email, "interpreter": word}
    rows = ImportRow.objects
    rows.create(run=run, kind="patients", line=2, status="unclear", reason="who", cells=alike)
    rows.create(
        run=run, kind="visits", line=2, status="waits", reason="no_room", cells={"service": word},
        patient=known,
    )  # fmt: skip


def _add_calls() -> None:
    """Make a call overdue to somebody who looks like others, and one with tries and an outcome."""
    now, manager = timezone.now(), User.objects.get(is_manager=True)
    clinician = User.objects.filter(clinician__isnull=False).earliest("pk")
    context = Context(SYSTEM, now)
    first = Task.objects.open().urgent_calls().earliest("created_at")
    other = Patient.objects.exclude(pk=first.patient_id).filter(tasks=None).earliest("created_at")
    second = owe_task(patient=other, kind="urgent_call", rules=first.rules, context=context)
    for task in (first, second):
        record_attempt(
            task_id=task.pk, result="no_answer", note=LONG_TEXT, next_at=now, by=manager,
            context=context,
        )  # fmt: skip
    close_task(task_id=second.pk, outcome="seen", note=LONG_TEXT, by=clinician, context=context)
    Task.objects.filter(pk=first.pk).update(due_at=now - timedelta(hours=1))
    UrgentCall.objects.filter(task=first).update(help_on_the_way_at=now, changed_at=now)
    asked = owe_task(patient=first.patient, kind="ask_patient", question=LONG_TEXT, context=context)
    take_task(task_id=asked.pk, by=clinician, context=context)
    concern = Concern.objects.open().earliest("raised_at")
    mark_concern(
        concern_id=concern.pk, seen=concern.events.count(), mark="referred", reason=LONG_TEXT,
        by=clinician, context=context,
    )  # fmt: skip
    Patient.objects.filter(pk=first.patient_id).update(is_unmatched=True)
    User.objects.filter(is_manager=True).update(is_access_admin=True)


def _add_visits() -> None:
    """Add visits of the first clinician: under way, overlapping, set aside, held for an offer."""
    now = timezone.now()
    clinician = Clinician.objects.earliest("pk")
    start = now.replace(minute=0, second=0, microsecond=0)
    here = {"clinician": clinician, "overlap_reason": LONG_REASON}
    free = iter(Patient.objects.filter(appointments=None).order_by("created_at"))
    make_appointment(
        patient=next(free), starts_at=start, status="arrived", attention="stop", **here
    )
    for days, more in ((0, {"set_aside_at": now}), (1, {"attention": "red"})):
        make_appointment(
            patient=next(free), starts_at=start + timedelta(hours=1, days=days), **here, **more
        )
    other_law = make_appointment(
        patient=next(free), starts_at=start + timedelta(hours=3, days=1), **here
    )
    # Promised while the clock was an hour behind what it is today.
    Appointment.objects.filter(pk=other_law.pk).update(
        promised_start=other_law.promised_start - timedelta(hours=1),
        start_offset=other_law.start_offset - 3600,
    )
    enrolled = make_patient(email="enrolled@example.test")
    package = make_enrollment(patient=enrolled, referral=make_referral(patient=enrolled, now=now))
    for number, days in ((2, 1), (3, 12), (4, 24)):
        make_appointment(
            patient=enrolled,
            starts_at=start + timedelta(days=days),
            service=f"rr{number}",
            enrollment=package,
            visit_number=number,
            attention="check_in_due" if number == 2 else "",
            **here,
        )
    make_referral(patient=make_patient(email="invited@example.test"), now=now)
    wish = EarlierWish.objects.earliest("made_at")
    # At night, when nobody has a visit.
    night = instant(start.date() + timedelta(days=2), time(3), settings.CLINIC_TIME_ZONE)
    hold = make_appointment(
        patient=wish.patient,
        starts_at=night,
        status="held",
        hold_until=now + timedelta(hours=2),
        holder_key="offer:test",
        **here,
    )
    SlotOffer.objects.create(
        wish=wish,
        hold=hold,
        priority=1,
        waiting_then=2,
        starts_at=night,
        clinician=clinician,
        offered_at=now,
        expires_at=now + timedelta(hours=2),
    )
    for whose in ({"clinician": clinician}, {"room": hold.room}):
        ExtraOpening.objects.create(
            starts_at=start, ends_at=start + timedelta(hours=8), label=WIDE, **whose
        )


def _add_money() -> None:
    now, by = timezone.now(), "system"
    for package in Enrollment.objects.all():
        common = {"enrollment": package, "at": now, "by": by}
        Payment.objects.create(kind="paid", part=1, cents=60_000, method="card", **common)
        Payment.objects.create(
            kind="refund", cents=100, method="card", reason=LONG_REASON, **common
        )
        AddedDays.objects.create(
            kind="extension", days=7, starts_on=now.date(), reason=LONG_REASON, **common
        )
        LedgerEntry.objects.create(kind="adjust", delta=-1, reason=LONG_REASON, **common)


def _add_mail() -> None:
    first = Email.objects.filter(patient__isnull=False).earliest("pk")
    Email.objects.filter(pk=first.pk).update(status="needs_human")
    Patient.objects.filter(pk=first.patient_id).update(mail_bounced_at=timezone.now())


def _add_emergency_access() -> None:
    """Add one that is over, with a reason of one word as long as the form lets it be."""
    now, user = timezone.now(), User.objects.get(is_manager=True)
    EmergencyAccess.objects.create(
        patient=Patient.objects.earliest("created_at"),
        user=user,
        content={"reason": WIDE * 300},
        began_at=now - timedelta(hours=1),
        ends_at=now - timedelta(minutes=30),
        ended_at=now - timedelta(minutes=30),
    )


def _add_claims() -> None:
    """Let another clinician review each case that waits, taken over from the first one."""
    now, user = timezone.now(), User.objects.filter(clinician__isnull=False).earliest("pk")
    other = User.objects.filter(clinician__isnull=False).latest("pk")
    for intake in Intake.objects.filter(decided_at=None, review_due_at__isnull=False):
        TakeOver.objects.create(
            intake=intake, taken_from=other, taken_by=user, reason=LONG_TEXT, taken_at=now
        )
        intake.claimed_by, intake.claimed_until = other, now + timedelta(hours=2)
        intake.save()


def _write_long_notes() -> None:
    """Write long texts into forms, flags, decisions, visit records and reasons."""
    now, user = timezone.now(), User.objects.filter(clinician__isnull=False).earliest("pk")
    for intake in Intake.objects.all():
        intake.raw = {**intake.raw, "care.note": LONG_TEXT}
        if intake.answers is not None:
            intake.answers = {**intake.answers, "care.note": LONG_TEXT}
        intake.has_note = True
        intake.save()
        Flag.objects.create(
            intake=intake,
            rule="HAND-1",
            level="red",
            domain="pain",
            evidence=[],
            words=dict.fromkeys(("text", "told", "reason"), LONG_TEXT),
            added_at=now,
            added_by=user,
        )
        for flag in intake.flags.all():
            flag.reason = LONG_TEXT
            flag.save()
        for decision in intake.decisions.all():
            decision.content = {**decision.content, "note": LONG_TEXT}
            decision.save()
    for row in (*Appointment.objects.all(), *Enrollment.objects.all()):
        typed = {"early_reason", "ending_reason"} & {one.name for one in row._meta.fields}
        setattr(row, name := typed.pop(), LONG_REASON)
        row.save(update_fields=[name])
    for detail in AuditDetail.objects.all():
        if "words" in detail.sealed:
            detail.sealed = {**detail.sealed, "words": LONG_REASON}
            detail.save()
    texts = dict.fromkeys(("home_plan", "note", "early_reason", "impact_reason"), LONG_TEXT)
    for visit in Appointment.objects.filter(status__in=("arrived", "completed")):
        content = {"items": {}, "stage": None, **texts}
        write_record(visit, revision=1, content=content, by=user, at=now)
