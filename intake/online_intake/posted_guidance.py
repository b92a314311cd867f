"""Emergency guidance for answers just posted, also while the session or the database fails."""

import logging
from collections.abc import Mapping

from django.http import HttpRequest

from clinic.operations.logs import kind_and_place
from intake.online_intake.session import intake_of
from intake.questionnaire.answers import merged
from intake.questionnaire.definition import Section
from intake.questionnaire.section import posted_answers
from intake.urgent.guidance import Guidance, judged

log = logging.getLogger("run_ready.intake")


def guidance_for(request: HttpRequest, page: Section) -> Guidance | None:
    """Return the guidance for the answers posted on this page and saved before, or None.

    When what was saved cannot be read, the posted page is judged by itself.
    """
    posted = posted_answers(page, request.POST)
    return judged(merged(_saved(request), posted))


def _saved(request: HttpRequest) -> Mapping[str, object]:
    try:
        intake = intake_of(request)
        return intake.raw if intake is not None and intake.sent_at is None else {}
    except Exception as error:  # the posted page is judged all the same
        log.error("what was saved could not be read: %s", kind_and_place(error))
        return {}
