"""An emergency comes before any refusal: a lost session, a limit, a database that is down."""

from django.http import HttpRequest, HttpResponse

from intake.progress import SECTIONS
from intake.section_form import posted_answers
from intake.views.urgent import judged, show_guidance


def guidance_before_refusal(request: HttpRequest, status: int) -> HttpResponse | None:
    """Return the emergency screen when answers posted to a section are urgent, or None.

    What was posted is judged by itself: nothing else can be relied on here.
    """
    head, _, rest = request.path.strip("/").partition("/")
    if request.method != "POST" or head != "intake" or rest not in SECTIONS:
        return None
    try:
        posted = posted_answers(SECTIONS[rest], request.POST)
    except Exception:  # an unreadable body answers nothing
        return None
    guidance = judged({name: value for name, value in posted.items() if value is not None})
    if guidance is None:
        return None
    return show_guidance(request, guidance, is_saved=False, status=status)
