"""The status of an intake: to which one each action leads, and which changes a save refuses."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.database.transitions import ForbiddenTransition
from clinic.models.people import User
from intake.drafts.actions import DRAFT_LIFETIME, erase_old_drafts
from intake.flags.actions import add_flag
from intake.intakes.corrections import start_correction
from intake.intakes.sending import send_intake
from intake.models import Intake
from intake.review.decisions import StaleDecision, Verdict, sign_decision
from intake.review.undo import undo_decision
from tests.factories import NOW, make_manager, make_patient
from tests.intake.review.reviewing import FEVERISH, TORN, change_safety, make_intake, verdict

pytestmark = [pytest.mark.django_db, pytest.mark.promises]

CALM: dict[str, Any] = {"care.note": None}
STATUSES = ("draft", "draft_waiting", "draft_decided", "sent", "waiting", "decided")

# An urgent answer waits from its own page on, sent or not; what a clinician signed on a draft was
# not about what is sent; a red flag by hand opens the review again, and a decision can be undone.
ALLOWED = {
    ("draft", "draft_waiting"), ("draft", "sent"), ("draft", "waiting"),
    ("draft_waiting", "draft_decided"), ("draft_waiting", "waiting"),
    ("draft_decided", "draft_waiting"), ("draft_decided", "waiting"),
    ("draft_decided", "decided"),
    ("sent", "waiting"), ("sent", "decided"),
    ("waiting", "decided"),
    ("decided", "waiting"), ("decided", "sent"),
}  # fmt: skip


# --- Forms in each status, made by the actions themselves -----------------------------------------


def draft() -> Intake:
    return make_intake(send=False, **CALM)


def draft_waiting() -> Intake:
    return make_intake(send=False, **CALM, **FEVERISH)


def draft_decided() -> Intake:
    return sign(draft_waiting())


def sent() -> Intake:
    return make_intake(**CALM)


def waiting() -> Intake:
    return make_intake(**CALM, **TORN)


def decided() -> Intake:
    return sign(waiting())


MAKERS = {
    "draft": draft,
    "draft_waiting": draft_waiting,
    "draft_decided": draft_decided,
    "sent": sent,
    "waiting": waiting,
    "decided": decided,
}


def fresh(intake: Intake) -> Intake:
    return Intake.objects.get(pk=intake.pk)


def clinician() -> User:
    found: User | None = User.objects.filter(is_manager=True).first()
    return found or make_manager()


def sign(intake: Intake, *, looked_at_change: bool = False) -> Intake:
    intake = fresh(intake)
    # Nobody has called yet, so what is urgent can be held only.
    given = verdict(intake, "impact_held" if intake.urgent_calls.exists() else "reviewed")
    sign_decision(
        intake_id=intake.pk,
        version=intake.version,
        verdict=Verdict(given.marks, "none", looked_at_change=looked_at_change),
        clinician=clinician(),
        context=Context(SYSTEM, NOW),
    )
    return fresh(intake)


def undo(intake: Intake) -> Intake:
    decision = intake.decisions.standing().get()
    undo_decision(decision_id=decision.pk, clinician=clinician(), context=Context(SYSTEM, NOW))
    return fresh(intake)


def flag_red(intake: Intake) -> Intake:
    add_flag(
        intake_id=intake.pk, level="red", domain="pain", text="Told me", told="Call us",
        reason="On the telephone", clinician=clinician(), context=Context(SYSTEM, NOW),
    )  # fmt: skip
    return fresh(intake)


def send(intake: Intake) -> Intake:
    send_intake(intake_id=intake.pk, context=Context(SYSTEM, NOW))
    return fresh(intake)


def turn_feverish(intake: Intake) -> Intake:
    change_safety(intake=intake, **FEVERISH)
    return fresh(intake)


def take_back(intake: Intake) -> Intake:
    change_safety(intake=intake)
    return fresh(intake)


@pytest.mark.parametrize("status", STATUSES)
def test_the_status_follows_from_the_dates(status: str) -> None:
    assert fresh(MAKERS[status]()).status == status


# --- What each action makes of them --------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "action", "after"),
    [
        ("draft", turn_feverish, "draft_waiting"),
        ("draft", send, "sent"),
        ("draft_waiting", take_back, "draft_waiting"),
        ("draft_waiting", sign, "draft_decided"),
        ("draft_waiting", send, "waiting"),
        ("draft_decided", take_back, "draft_waiting"),
        ("draft_decided", undo, "draft_waiting"),
        ("draft_decided", send, "waiting"),
        ("sent", flag_red, "waiting"),
        ("sent", sign, "decided"),
        ("sent", send, "sent"),
        ("waiting", flag_red, "waiting"),
        ("waiting", sign, "decided"),
        ("waiting", send, "waiting"),
        ("decided", flag_red, "waiting"),
        ("decided", undo, "waiting"),
        ("decided", sign, "decided"),
        ("decided", send, "decided"),
    ],
)
def test_an_action_leads_where_the_table_says(
    before: str, action: Callable[[Intake], Intake], after: str
) -> None:
    assert action(MAKERS[before]()).status == after


def test_a_red_answer_that_is_no_emergency_waits_once_it_is_sent() -> None:
    torn = make_intake(send=False, **CALM, **TORN)
    assert (fresh(torn).status, send(torn).status) == ("draft", "waiting")


def test_a_decision_on_a_form_that_asked_for_none_can_be_undone() -> None:
    assert undo(sign(sent())).status == "sent"


def test_a_draft_whose_danger_was_taken_back_and_seen_stays_decided_when_it_is_sent() -> None:
    seen = sign(take_back(draft_waiting()), looked_at_change=True)
    assert (seen.status, send(seen).status) == ("draft_decided", "decided")


def test_a_change_that_the_clinician_did_not_look_at_still_waits() -> None:
    assert sign(take_back(draft_waiting())).status == "draft_waiting"


@pytest.mark.parametrize("status", STATUSES)
def test_only_what_was_never_urgent_and_never_sent_is_erased(status: str) -> None:
    intake = MAKERS[status]()
    erase_old_drafts(now=NOW + 2 * DRAFT_LIFETIME)
    assert Intake.objects.filter(pk=intake.pk).exists() == (status != "draft")


REFUSED = [
    *((status, flag_red) for status in ("draft", "draft_waiting", "draft_decided")),
    *((status, turn_feverish) for status in ("sent", "waiting", "decided")),
    *(
        (
            status,
            lambda intake: start_correction(intake_id=intake.pk, context=Context(SYSTEM, NOW)),
        )
        for status in ("draft", "draft_waiting", "draft_decided")
    ),
]


@pytest.mark.parametrize(("before", "action"), REFUSED)
def test_an_action_finds_no_form_in_a_status_it_is_not_for(
    before: str, action: Callable[[Intake], Intake]
) -> None:
    intake = MAKERS[before]()
    with pytest.raises(Intake.DoesNotExist):
        action(intake)
    assert fresh(intake).status == before


def test_a_draft_that_never_was_urgent_cannot_be_decided() -> None:
    intake = draft()
    with pytest.raises(StaleDecision):
        sign(intake)
    assert fresh(intake).status == "draft"


# --- What a save makes of them -------------------------------------------------------------------


def put(intake: Intake, status: str) -> None:
    """Give the form what its columns hold in this status."""
    is_sent, is_queued = not status.startswith("draft"), status not in ("draft", "sent")
    at: datetime | None = NOW if is_sent else None
    intake.sent_at, intake.as_of = at, NOW.date() if is_sent else None
    intake.level, intake.next_step = ("clear", "run_ready") if is_sent else ("", None)
    intake.queue, intake.review_due_at = ("red", NOW) if is_queued else ("", None)
    intake.decided_at = NOW if status.endswith("decided") else None


@pytest.mark.parametrize("after", STATUSES)
@pytest.mark.parametrize("before", STATUSES)
def test_a_save_refuses_what_no_action_does(before: str, after: str) -> None:
    made = Intake(
        patient=make_patient(), questionnaire_version="1.1", rules_version="1.1", started_at=NOW,
        saved_at=NOW,
    )  # fmt: skip
    put(made, before)
    made.save()
    intake = fresh(made)
    put(intake, after)
    is_allowed = before == after or (before, after) in ALLOWED
    if is_allowed:
        intake.save()
    else:
        with pytest.raises(ForbiddenTransition):
            intake.save()
    assert (fresh(intake).status == after) == is_allowed
