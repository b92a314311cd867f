"""Which rows become hers after a mailed code and her date of birth, and which she is asked about.

A code shows that she reads the mailbox, never that she sent what was sent with its address. So a
row with a form that some browser filled in becomes hers only when she says that it was her, or when
this browser is the one that filled it in.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from booking.models import Appointment
from booking.refusals import Refused
from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.identity.same_person import email_key
from clinic.models.people import Patient, User
from clinic.people.attaching import NotHers, attach_row
from intake.concerns.task_kinds import FIX_CONTACT
from intake.concerns.tasks import owe_task
from intake.duplicates.merge import merge_patients
from intake.models import Intake


@dataclass(frozen=True)
class AskedRow:
    """A row she is asked about: its id, and when its forms were begun or sent, oldest first."""

    id: UUID
    dates: tuple[date, ...]


def unclaimed_rows(user: User) -> QuerySet[Patient]:
    """Return the rows with the user's e-mail that are nobody's, oldest first.

    Without those of which the reader of the mailbox said that they are not hers, and without those
    that have no date of birth to agree with.
    """
    rows = Patient.objects.current().filter(user__isnull=True, disowned_at__isnull=True)
    rows = rows.filter(born_on__isnull=False)
    return rows.filter(email_key=email_key(user.email)).order_by("created_at", "pk")


def rows_to_ask(rows: Iterable[Patient], *, but: Collection[UUID] = ()) -> list[AskedRow]:
    """Return those of the rows on which a browser filled in a form, in one statement.

    The rows `but` are left out: this browser filled them in itself.
    """
    keys = [row.pk for row in rows if row.pk not in but]
    forms = Intake.objects.filter(patient__in=keys, entered_by__isnull=True).order_by("started_at")
    found: dict[UUID, list[date]] = {key: [] for key in keys}
    for key, began, sent in forms.values_list("patient", "started_at", "sent_at"):
        day = localtime(sent or began).date()
        if day not in found[key]:
            found[key].append(day)
    return [AskedRow(key, tuple(sorted(days))) for key, days in found.items() if days]


def claim_rows(*, user: User, row_ids: Collection[UUID], context: Context) -> Patient | None:
    """Make these rows hers and return the one that is kept, None if there is none.

    Call it with rows whose e-mail and date of birth are hers. The row she has already is kept, or
    the oldest with a visit or a sent form. The others are merged into it; one that cannot be
    merged stays for staff.
    """
    rows = list(_weighed(unclaimed_rows(user).filter(pk__in=row_ids)))
    own = Patient.objects.current().filter(user=user).first()
    if own is None and rows:
        try:
            own = attach_row(user=user, patient_id=rows[0].pk, context=context)
        except NotHers:
            # It was merged or given another address since she was asked.
            return None
    for row in rows:
        if own is not None and row.pk != own.pk:
            _merge_into(own, row, context)
    return own


def _weighed(rows: QuerySet[Patient]) -> QuerySet[Patient]:
    """Return the rows with a visit or a sent form first, each kind by age."""
    visits = Appointment.objects.agreed().filter(patient=OuterRef("pk"))
    sent = Intake.objects.sent().filter(patient=OuterRef("pk"))
    weighed = rows.annotate(counts=Q(Exists(visits)) | Q(Exists(sent)))
    return weighed.order_by("-counts", "created_at", "pk")


def _merge_into(own: Patient, row: Patient, context: Context) -> None:
    try:
        merge_patients(kept_id=own.pk, merged_id=row.pk, context=context, reason="mailed code")
    except Refused:
        # Two packages, for example. Staff find it among the rows to compare.
        Patient.objects.filter(pk=row.pk).update(is_unmatched=True)


@retried
def disown_row(*, user: User, row_id: UUID, context: Context) -> None:
    """Note that the reader of the mailbox did not send the forms on this row, and tell staff.

    The row stays as it is with its concerns and calls, as somebody's who gave this address. No mail
    about it goes there any more. Does nothing for a row that is not the user's to speak of.
    """
    row = unclaimed_rows(user).select_for_update(no_key=True).filter(pk=row_id).first()
    if row is None:
        return
    row.disowned_at, row.is_unmatched = context.now, True
    row.save(update_fields=["disowned_at", "is_unmatched"])
    record(context.actor, "disown row", row, patient=row)
    owe_task(
        patient=row,
        kind=FIX_CONTACT,
        about=f"disowned:{row.pk} {_stamp(context.now)}",
        question=_(
            "Who reads this e-mail says that she did not send the form of %(dates)s. Find out who"
            " did, and speak with her before the rows are merged."
        )
        % {"dates": _dates_of(row)},
        context=context,
    )


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y%m%dT%H%M%S.%f")


def _dates_of(row: Patient) -> str:
    return ", ".join(date_format(day, "M j, Y") for one in rows_to_ask([row]) for day in one.dates)
