"""Owe what no page asks for: a new time after the clinic cancelled, a way to reach a patient.

Periodic jobs. What a task was made for stands in its `about`, so that it is owed once, however
often a job runs. They end nothing: a person says what came of it.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.dispatch import receiver
from django.utils.translation import gettext as _

from booking.models import Appointment
from booking.signals import visits_let_go
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.database.digests import keyed_digests
from clinic.database.retrying import retried
from clinic.identity.phones import is_dialable
from clinic.models.people import Patient, User
from clinic.people.contact import contact_corrected
from clinic.templatetags.look import in_full
from intake.concerns.task_kinds import FIX_CONTACT, REBOOK, WITHDRAWN
from intake.concerns.tasks import close_task, owe_task, task_due
from intake.models import Task

# How far back a cancellation is looked for: further than any outage of the jobs should last.
RECENT = timedelta(days=14)
# A visit that takes the place of the cancelled one: agreed, and not given up again.
_STANDS = ("booked", "arrived", "completed")
_DIGEST_LENGTH = 16
# How patients are reached, and what the task about a change of it begins with.
_REACHED_BY = frozenset({"phone", "email"})
_CORRECTED = "corrected:"


def owe_rebookings(*, now: datetime) -> int:
    """Owe a new time for each visit that the clinic cancelled; return how many tasks were made.

    None is owed to a patient who has another visit of the same service, or of the same number of
    the package, that is later or was booked since. Due one working day after the cancellation.
    """
    return sum(_owe_rebooking(visit.pk, now) for visit in _to_rebook(now))


def _to_rebook(now: datetime) -> Iterator[Appointment]:
    recent = Appointment.objects.filter(
        status="cancelled",
        cancelled_by_clinic=True,
        cancelled_at__gt=now - RECENT,
        patient__merged_into__isnull=True,
    )
    again = Appointment.objects.filter(
        Q(booked_at__gte=OuterRef("cancelled_at")) | Q(starts_at__gt=OuterRef("starts_at")),
        patient=OuterRef("patient"),
        service=OuterRef("service"),
        status__in=_STANDS,
    )
    made = Task.objects.filter(kind=REBOOK, created_at__gt=now - RECENT)
    owed = set(made.values_list("about", flat=True))
    visits = recent.filter(~Exists(again)).order_by("cancelled_at", "pk")
    return (visit for visit in visits if _about_visit(visit) not in owed)


def _about_visit(visit: Appointment) -> str:
    # A cancellation raises the revision: cancelled again after an undo, it is owed again.
    return f"appointment:{visit.pk} {visit.rev}"


@receiver(visits_let_go)
def withdraw_rebookings(
    visits: Iterable[Appointment], reason: str, context: Context, **kwargs: Any
) -> None:
    """Owe no new time for these visits, which staff let go together: the tasks end at once."""
    by = User.objects.get(pk=context.actor.id.removeprefix("user:"))
    for visit in visits:
        task = Task.objects.filter(about=_about_visit(visit)).first()
        task = task or _owe_new_time(visit.patient, visit, context)
        if task.is_open:
            close_task(task_id=task.pk, outcome=WITHDRAWN.id, note=reason, by=by, context=context)


@retried
def _owe_rebooking(visit_id: UUID, now: datetime) -> bool:
    patient_id = Appointment.objects.values_list("patient", flat=True).get(pk=visit_id)
    patient = Patient.objects.select_for_update().get(pk=patient_id)
    visit = Appointment.objects.select_related("service").get(pk=visit_id)
    # Asked again under the lock: the cancellation may have been undone since, or this owed.
    is_owed = Task.objects.filter(about=_about_visit(visit)).exists()
    if visit.status != "cancelled" or visit.patient_id != patient.pk or is_owed:
        return False
    _owe_new_time(patient, visit, Context(SYSTEM, now))
    return True


def _owe_new_time(patient: Patient, visit: Appointment, context: Context) -> Task:
    """Owe a new time for a cancelled visit, one working day after it was cancelled."""
    assert visit.cancelled_at is not None  # the constraint appointment_cancelled_has_time
    what = {"service": visit.service.name, "when": in_full(visit.starts_at)}
    words = _("Nobody confirmed: %(service)s, %(when)s")
    if not visit.is_let_go:
        words = _("We cancelled: %(service)s, %(when)s")
    return owe_task(
        patient=patient,
        kind=REBOOK,
        about=_about_visit(visit),
        question=words % what,
        due_at=task_due(REBOOK, visit.cancelled_at),
        context=context,
    )


def owe_contact_fixes(*, now: datetime) -> int:
    """Owe a way to reach each patient whom we cannot reach; return how many tasks were made.

    Her mail came back, or her telephone number is none that can be dialed, and she has a visit
    ahead or an open task. The same mail that came back, or the same number, is owed once.
    """
    wanted = Patient.objects.current().filter(
        Exists(Appointment.objects.upcoming(now).filter(patient=OuterRef("pk")))
        | Exists(Task.objects.open().exclude(kind=FIX_CONTACT).filter(patient=OuterRef("pk")))
    )
    rows = wanted.order_by("created_at", "pk").only("pk", "phone", "mail_bounced_at")
    return sum(_owe_contact_fix(row.pk, now) for row in rows if _faults(row))


@receiver(contact_corrected)
def owe_confirming(
    patient: Patient, changed: Collection[str], context: Context, **kwargs: Any
) -> None:
    """Owe a call by which a corrected number or e-mail is confirmed, if she has a visit ahead.

    A wrong correction would send her reminders to somebody else. One open task is enough. It is due
    before her next visit begins.
    """
    ahead = Appointment.objects.upcoming(context.now).filter(patient=patient)
    begins = ahead.order_by("starts_at").values_list("starts_at", flat=True).first()
    if not _REACHED_BY.intersection(changed) or begins is None:
        return
    of_hers = Task.objects.open().filter(kind=FIX_CONTACT, patient=patient)
    if of_hers.filter(about__startswith=_CORRECTED).exists():
        return
    owe_task(
        patient=patient,
        kind=FIX_CONTACT,
        about=f"{_CORRECTED}{patient.pk} {context.now:%Y%m%dT%H%M%S.%f}",
        question=_(
            "How we reach her was changed. Make sure with her that it is right, before her visit on"
            " %(when)s."
        )
        % {"when": in_full(begins)},
        due_at=min(begins, task_due(FIX_CONTACT, context.now)),
        context=context,
    )


def _faults(patient: Patient) -> dict[str, str]:
    """Return what is wrong with how she is reached, in words, by what the task is about.

    The beginning of `about` names the row, its end the mail or the number.
    """
    found = {}
    if patient.mail_bounced_at is not None:
        moment = patient.mail_bounced_at.strftime("%Y%m%dT%H%M%S.%f")
        found[f"bounce:{patient.pk} {moment}"] = _("A mail to her came back.")
    if not is_dialable(patient.phone):
        digest = _phone_digests(patient.phone)[0]
        words = _("Her phone number cannot be dialed.") if patient.phone else _("She has no phone.")
        found[f"phone:{patient.pk} {digest}"] = words
    return found


@retried
def _owe_contact_fix(patient_id: UUID, now: datetime) -> int:
    patient = Patient.objects.select_for_update().get(pk=patient_id)
    if patient.merged_into_id:
        return 0
    owed = [about for about in _faults(patient) if not _is_owed(patient, about)]
    for about in owed:
        owe_task(
            patient=patient,
            kind=FIX_CONTACT,
            about=about,
            question=_faults(patient)[about],
            context=Context(SYSTEM, now),
        )
    return len(owed)


def _is_owed(patient: Patient, about: str) -> bool:
    """Return whether it was owed before, to her or to a row that was merged into hers."""
    fault, _row, what = about.replace(" ", ":").split(":")
    is_it = Q(about__endswith=f" {what}")
    if fault == "phone":
        for digest in _phone_digests(patient.phone):
            is_it |= Q(about__endswith=f" {digest}")
    same = Task.objects.filter(kind=FIX_CONTACT, patient=patient, about__startswith=f"{fault}:")
    return same.filter(is_it).exists()


def _phone_digests(phone: str) -> list[str]:
    """Return the digests of the number under each key, that of the present key first."""
    return [digest[:_DIGEST_LENGTH] for digest in keyed_digests("phone", phone)]


def renew_phone_digests(*, write: bool) -> int:
    """Make the digests of numbers in `about` with the first key; return how many are of another.

    One of a number that is not hers any more stays: it is compared with nothing.
    """
    count = 0
    tasks = Task.objects.filter(kind=FIX_CONTACT, about__startswith="phone:")
    for task in tasks.select_related("patient").only("about", "patient__phone"):
        row, _space, digest = task.about.partition(" ")
        first, *former = _phone_digests(task.patient.phone)
        if digest in former and digest != first:
            count += 1
            if write:
                Task.objects.filter(pk=task.pk).update(about=f"{row} {first}")
    return count
