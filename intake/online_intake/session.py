"""Which intake this browser session is filling in. The id stands in the session, never in a URL."""

from django.http import HttpRequest

from clinic.security.access import SESSION_PATIENT
from intake.models import Intake

KEY = "intake"


def open_intake(request: HttpRequest, intake: Intake) -> None:
    """Let this session fill in the intake and speak for its patient."""
    request.session[KEY] = str(intake.pk)
    if not request.user.is_authenticated:
        request.session[SESSION_PATIENT] = str(intake.patient_id)


def intake_of(request: HttpRequest) -> Intake | None:
    """Return the intake of this session, sent or not. What the desk enters is its writer's only."""
    key = request.session.get(KEY)
    intake = Intake.objects.select_related("patient").filter(pk=key).first() if key else None
    if intake is None or intake.entered_by_id is None:
        return intake
    is_manager = getattr(request.user, "is_manager", False)
    return intake if is_manager and intake.entered_by_id == request.user.pk else None


def close_intake(request: HttpRequest) -> None:
    """Let the next visit to the questions start anew; what was saved stays with the clinic."""
    request.session.pop(KEY, None)
