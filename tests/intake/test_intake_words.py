"""The words of pages for a check-in's outcome, an intake's level and a test's result."""

import pytest

from intake.flags.said_first import told_first
from intake.models import Intake
from intake.templatetags import intake_words
from intake.visit_records.walk_run import Stage
from tests.factories import make_patient


@pytest.mark.parametrize(
    ("outcome", "icon", "title", "short"),
    [
        ("progress", "clear", "Carry on as planned", "Check-in: progress"),
        ("repeat_stage", "caution", "Stay at your stage for now", "Check-in: repeat the stage"),
        (
            "hold_impact",
            "pause",
            "Please hold off on running and jumping",
            "Check-in: hold impact",
        ),
        ("stop", "pause", "Please get care first", "Check-in: stop"),
    ],
)
def test_an_outcome_has_its_icon_and_its_words(
    outcome: str, icon: str, title: str, short: str
) -> None:
    assert intake_words.checkin_icon(outcome) == icon
    assert intake_words.checkin_title(outcome) == title
    assert intake_words.checkin_short(outcome) == short


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("level", "next_step", "begins"),
    [
        ("urgent", "evaluation", "Please get care first."),
        ("red", "evaluation", "We would like to see you before you run."),
        ("caution", "evaluation", "A check-up visit is your best next step."),
        ("clear", "run_ready", "You can book a package of visits,"),
    ],
)
def test_the_desk_first_says_what_follows_from_the_level(
    level: str, next_step: str, begins: str
) -> None:
    form = Intake(level=level, next_step=next_step, patient=make_patient())
    assert told_first(form).startswith(begins)


@pytest.mark.parametrize(
    ("result", "words"),
    [("pass", "pass"), ("borderline", "borderline"), ("fail", "fail"), ("not_done", "not tested")],
)
def test_a_result_is_written_in_words(result: str, words: str) -> None:
    assert intake_words.result_words(result) == words


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        (Stage(0, 0, 30, 1), "Brisk walk, 30 minutes"),
        (Stage(3, 2, 1, 6), "Run 2, walk 1, 6 times"),
        (Stage(9, 30, 0, 1), "Run 30 minutes without a break"),
    ],
)
def test_a_stage_is_written_as_what_is_done(stage: Stage, words: str) -> None:
    assert intake_words.stage_words(stage) == words
