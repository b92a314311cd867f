"""An emergency comes before any refusal: a lost session, a limit, a database that is down."""

from django.http import HttpRequest, HttpResponse

from intake.checkins.guidance import guidance_of_posted
from intake.questionnaire.answers import merged
from intake.questionnaire.definition import CHECKIN
from intake.questionnaire.progress import SECTIONS
from intake.questionnaire.section import posted_answers
from intake.urgent.guidance import Guidance, judged, show_guidance


def guidance_before_refusal(request: HttpRequest, status: int) -> HttpResponse | None:
    """Return the emergency screen when answers posted to a form of hers are urgent, or None.

    What was posted is judged by itself: nothing else can be relied on here.
    """
    if request.method != "POST":
        return None
    try:
        guidance = _guidance_of(request)
    except Exception:  # an unreadable body answers nothing
        return None
    if guidance is None:
        return None
    return show_guidance(request, guidance, is_saved=False, status=status)


def _guidance_of(request: HttpRequest) -> Guidance | None:
    head, _, rest = request.path.strip("/").partition("/")
    if head == "intake" and rest in SECTIONS:
        return judged(merged({}, posted_answers(SECTIONS[rest], request.POST)))
    return guidance_of_posted(request) if rest.startswith(CHECKIN.sections[0].slug) else None
