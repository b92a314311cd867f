"""The call that a patient was promised: by when, and in which words she reads it.

Every page of hers that speaks of the call asks here, so that all name the due time that is stored.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from clinic.templatetags.look import in_full
from intake.models import Task


@dataclass(frozen=True)
class PromisedCall:
    """A call that is owed to a patient and has no outcome yet; `due_at` is the earliest one's."""

    due_at: datetime
    is_late: bool

    @property
    def words(self) -> str:
        """The sentence to her: by when we call, with the weekday, or that we are late."""
        by = {"by": in_full(self.due_at)}
        if self.is_late:
            return _("We meant to call you by %(by)s. If we have not, please call us.") % by
        return _("We will call you by %(by)s.") % by


def promised_call(patient_id: UUID, *, now: datetime) -> PromisedCall | None:
    """Return the call that is owed to the patient at `now`, or None. One statement."""
    owed = Task.objects.open().urgent_calls().filter(patient=patient_id)
    due_at = owed.order_by("due_at").values_list("due_at", flat=True).first()
    return None if due_at is None else PromisedCall(due_at, is_late=due_at <= now)
