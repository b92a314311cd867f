"""Owe comparing two records where one may be hers and has something open, and end it.

Decided in docs/decisions/0079-open-on-another-record.md. A job looks for such rows, so that it does
not matter how the row, the concern or the visit came.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from booking.appointments.attention import mark_to_compare
from booking.models import Appointment
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.database.retrying import retried
from clinic.known_patients.open_elsewhere import open_elsewhere
from clinic.known_patients.queries import likely_matches
from clinic.models.people import Patient, User
from intake.concerns.task_kinds import COMPARE
from intake.concerns.tasks import bring_forward, owe_task, task_due, withdraw_task
from intake.episodes.open_concerns import with_something_open
from intake.models import Intake, Task


def owe_comparisons(*, now: datetime) -> int:
    """Owe comparing each row that may be somebody with something open, and mark its visits.

    Returns how many tasks were made. A row with nothing sent and no visit waits until it has one:
    nobody treats her on the strength of it.
    """
    waiting = _rows_to_compare()
    mark_to_compare(patient_ids=waiting, now=now)
    visits = Appointment.objects.agreed().filter(patient=OuterRef("pk"))
    forms = Intake.objects.sent().filter(patient=OuterRef("pk"))
    rows = Patient.objects.filter(Exists(visits) | Exists(forms), pk__in=waiting)
    bring_forward(kind=COMPARE, now=now)
    owed = Task.objects.open().filter(kind=COMPARE, patient=OuterRef("pk"))
    keys = rows.exclude(Exists(owed)).order_by("created_at", "pk").values_list("pk", flat=True)
    return sum(_owe(key, now) for key in list(keys))


def _rows_to_compare() -> set[UUID]:
    """Return the rows that may be somebody with something open, and were not compared yet.

    It goes from the rows with something open to those like them: they are few, unmatched are many.
    """
    with_open = list(Patient.objects.current().filter(pk__in=with_something_open()))
    matches = likely_matches(with_open)
    return {
        one.patient.pk
        for row in with_open
        for one in matches[row.pk]
        if row.is_unmatched or one.patient.is_unmatched
    }


@retried
def _owe(patient_id: UUID, now: datetime) -> int:
    patient = Patient.objects.select_for_update().get(pk=patient_id)
    # Asked again under the lock: they may have been compared since, or this owed.
    if patient.merged_into_id or is_owed(patient) or not open_elsewhere([patient]):
        return 0
    ahead = Appointment.objects.upcoming(now).filter(patient=patient).order_by("starts_at")
    begins = ahead.values_list("starts_at", flat=True).first()
    due = task_due(COMPARE, now)
    owe_task(
        patient=patient,
        kind=COMPARE,
        about=f"compare:{patient.pk} {now:%Y%m%dT%H%M%S.%f}",
        question=_(
            "This may be somebody we know, and something is open on the other record. Compare the"
            " two before she comes."
        ),
        due_at=min(begins, due) if begins else due,
        context=Context(SYSTEM, now),
    )
    return 1


def is_owed(patient: Patient) -> bool:
    """Return whether comparing this row is owed."""
    return Task.objects.open().filter(kind=COMPARE, patient=patient).exists()


def end_comparisons(patient: Patient, *, outcome: str, context: Context) -> None:
    """End what was owed to compare this row, and rows like it: somebody just has compared it.

    A task stays where yet another row may be hers and has something open. Runs in the caller's
    transaction, which holds the row. Without a user, who alone can end a task, all stay.
    """
    role, _colon, key = context.actor.id.partition(":")
    if role != "user":
        return
    by = User.objects.get(pk=key)
    near = [patient, *(one.patient for one in likely_matches([patient])[patient.pk])]
    owed = Task.objects.open().filter(kind=COMPARE, patient__in=near)
    keys = set(owed.values_list("patient", flat=True))
    rows = Patient.objects.select_for_update().filter(pk__in=keys).order_by("pk")
    still = open_elsewhere(list(rows))
    ended = owed.exclude(patient__in=still).order_by("about")
    for about in list(ended.values_list("about", flat=True)):
        withdraw_task(about=about, by=by, context=context, outcome=outcome)
