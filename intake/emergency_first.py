"""Show the emergency screen in place of an error page when the posted answers are urgent.

An emergency comes before any refusal: a lost session, a limit, a database that is down.
"""

from django.http import HttpRequest, HttpResponse

from intake.checkins.guidance import guidance_of_posted
from intake.questionnaire.answers import merged
from intake.questionnaire.definition import CHECKIN
from intake.questionnaire.progress import SECTIONS
from intake.questionnaire.section import posted_answers
from intake.urgent.guidance import Guidance, judged, show_guidance


def guidance_before_refusal(request: HttpRequest, status: int) -> HttpResponse | None:
    """Return the emergency screen when the answers posted to a form are urgent, or None.

    `status` is that of the refusal, and the screen is sent with it. What was posted is judged by
    itself, because the session and the database may be what failed.
    """
    if request.method != "POST":
        return None
    try:
        guidance = _guidance_of(request)
    except Exception:  # a body that cannot be read contains no answer, and the refusal goes on
        return None
    if guidance is None:
        return None
    return show_guidance(request, guidance, is_saved=False, status=status)


def _guidance_of(request: HttpRequest) -> Guidance | None:
    # By the path and not by the view: the refusal may have come before any view was found.
    head, _, rest = request.path.strip("/").partition("/")
    if head == "intake" and rest in SECTIONS:
        return judged(merged({}, posted_answers(SECTIONS[rest], request.POST)))
    return guidance_of_posted(request) if rest.startswith(CHECKIN.sections[0].slug) else None
