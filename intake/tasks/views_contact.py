"""What is left to do when nobody reached a patient: her emergency contact, for clinicians only."""

from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from clinic.audit.context import Context
from clinic.audit.record import actor_of
from clinic.security.access import clinician_only
from clinic.security.fail_closed import fail_closed
from clinic.security.requests import ClinicianRequest
from intake.emergency_contact.actions import open_emergency_contact
from intake.tasks.views import opened, task_response


@clinician_only
@fail_closed
@require_POST
def contact(request: ClinicianRequest, task_id: UUID) -> HttpResponse:
    """Open the emergency contact on the page of a task in which nobody reached the patient.

    Each opening is recorded first. Reached meanwhile, the page comes without it, with status 409.
    """
    now = timezone.now()
    detail = opened(request, task_id, now)
    task = detail.view.task
    if not detail.view.is_unreached:
        return task_response(request, detail, now, status=409)
    found = open_emergency_contact(
        patient_id=task.patient_id, context=Context(actor_of(request), now)
    )
    return task_response(request, detail, now, emergency_contact=found)
