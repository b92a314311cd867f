"""When a review is due: by its queue, in working days, over the weekend."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.factories import make_clinician, make_offer
from tests.intake.review.reviewing import FEVERISH, TORN, make_intake

ZONE = ZoneInfo("America/New_York")
FRIDAY_AT_TEN = datetime(2027, 2, 5, 10, tzinfo=ZONE).astimezone(UTC)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answers", "queue", "due"),
    [
        (FEVERISH, "urgent", "2027-02-05 12:00"),  # two clinic hours
        (TORN, "red", "2027-02-08 17:00"),  # one working day
        ({"ready.mood": "most_days"}, "mood", "2027-02-09 17:00"),  # two
        ({"ready.mood": "prefer_not"}, "mood", "2027-02-09 17:00"),
        ({}, "reading", "2027-02-12 17:00"),  # five, for the note
    ],
)
def test_a_form_sent_on_a_friday_is_due(answers: dict[str, Any], queue: str, due: str) -> None:
    make_offer()
    make_clinician()
    sent = make_intake(now=FRIDAY_AT_TEN, **answers)
    assert sent.queue == queue
    assert sent.review_due_at is not None
    assert f"{sent.review_due_at.astimezone(ZONE):%Y-%m-%d %H:%M}" == due
