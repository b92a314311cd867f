"""Lock a form before it is changed."""

from uuid import UUID

from django.db.models import QuerySet

from clinic.models.people import Patient
from clinic.people.locking import lock_patient
from intake.models import Intake


def lock_form(among: QuerySet[Intake], intake_id: UUID) -> Intake:
    """Lock one of these forms and its patient, and return it. Raises Intake.DoesNotExist.

    The patient first, as whoever erases or merges her takes them: the answers of an erased patient
    would be seen by nobody, so there is no form of hers any more.
    """
    try:
        lock_patient(among.values_list("patient", flat=True).get(pk=intake_id))
    except Patient.DoesNotExist as error:
        raise Intake.DoesNotExist from error
    return among.select_for_update().get(pk=intake_id)
