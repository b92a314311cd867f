"""Every door into the clinic, in every state that something can be in: nothing opens by going in.

A door is a way by which a form, a row or a decision comes in. A state is what a clinician has yet
to resolve. What is open afterwards is tried out with the actions that would use it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from booking.appointments.cancellation_terms import circumstances_of
from booking.models import Appointment, Enrollment
from booking.planner.plan import PlanWishes
from booking.planner.rescheduling.queries import replanning_of
from booking.refusals import NotOpen, Refused
from clinic.management.sample.patients import WELL
from clinic.models.people import Patient, User
from clinic.security.private_links import issue
from intake.checkins.window import is_open as is_checkin_open
from intake.duplicates.merge import merge_patients
from intake.episodes.visit_facts import is_new_intake_due
from intake.fhir.imports import import_intake
from intake.fhir.response import Person, Received
from intake.flags.actions import add_flag
from intake.intakes.corrections import start_correction
from intake.intakes.draft_terms import RESUME, about
from intake.intakes.sending import send_intake
from intake.models import Intake
from intake.questionnaire.definition import INTAKE
from intake.questionnaire.progress import SECTIONS
from intake.review.decisions import sign_decision
from intake.telephone_intake.actions import MissingContact, start_for_patient
from intake.triage.sample_answers import completed
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_patient
from tests.intake.checkins.checking_in import check_in, make_visit
from tests.intake.concerns.world import (
    DAY,
    EVALUATION,
    EVERYTHING,
    IMPACT,
    PACKAGE,
    VISITS,
    at,
    hold,
    plan,
    taken_back,
    what_is_open,
    with_package,
)
from tests.intake.online_intake.test_flow import CONSENT, fill, send
from tests.intake.review.reviewing import (
    FEVERISH,
    TORN,
    change_safety,
    make_intake,
    save_page,
    verdict,
)
from tests.rounds import promises_in_full

pytestmark = pytest.mark.django_db

# Everything before the doors happens within this hour; they open the day after, a Tuesday.
STATE_AT, LATER = NOW + timedelta(minutes=30), NOW + DAY
BORN = {"born_on_month": "5", "born_on_day": "4", "born_on_year": "1992"}
NAME = "Pat Example"


@pytest.fixture
def cast(settings: Any) -> Cast:
    settings.LIMITS = {**settings.LIMITS, "intake_starts": (1000, 600)}
    return make_cast()


def well() -> dict[str, Any]:
    """Return the answers of somebody who is well, a year after the birth."""
    birth = NOW.date() - timedelta(weeks=52)
    said = {**WELL, "bg.birth_date": birth.isoformat()}
    return completed(INTAKE, said, as_of=NOW.date())


def answer_and_send(draft: Intake, now: datetime) -> None:
    """Answer every page of the draft like somebody who is well, and send it."""
    for slug in SECTIONS:
        save_page(intake=draft, slug=slug, said=well(), now=now)
    send_intake(intake_id=draft.pk, context=at(now))


def sign(cast: Cast, form: Intake, mark: str, act: str, now: datetime) -> None:
    form.refresh_from_db()
    sign_decision(
        intake_id=form.pk, version=form.version, verdict=verdict(form, mark, act),
        clinician=clinician_of(cast), context=at(now),
    )  # fmt: skip


def clinician_of(cast: Cast) -> User:
    user = cast.clinician.user
    assert user
    return user


# --- The states -----------------------------------------------------------------------------------


def open_(cast: Cast) -> None:
    make_intake(patient=cast.patient, now=STATE_AT, **TORN)


def took_back(cast: Cast) -> None:
    draft = make_intake(patient=cast.patient, now=STATE_AT, send=False, **FEVERISH)
    change_safety(intake=draft)


def impact_held(cast: Cast) -> None:
    form = make_intake(patient=cast.patient, now=STATE_AT, **TORN)
    sign(cast, form, "impact_held", "none", STATE_AT)


def referred(cast: Cast) -> None:
    form = make_intake(patient=cast.patient, now=STATE_AT, **TORN)
    sign(cast, form, "referred", "none", STATE_AT)


def hand_added(cast: Cast) -> None:
    add_flag(
        intake_id=Intake.objects.sent().get(patient=cast.patient).pk, level="red", domain="pain",
        text="A scar that opens", told="", reason="seen", clinician=clinician_of(cast),
        context=at(STATE_AT),
    )  # fmt: skip


def declined(cast: Cast) -> None:
    form = make_intake(patient=cast.patient, now=STATE_AT, **TORN)
    sign(cast, form, "reviewed", "decline", STATE_AT)


def urgent(cast: Cast) -> None:
    make_intake(patient=cast.patient, now=STATE_AT, **FEVERISH)


# What each state allows. Source: docs/clinical.md, "What follows from the flags".
ALLOWED = {
    open_: EVALUATION | VISITS,
    took_back: EVALUATION | VISITS,
    impact_held: EVALUATION | VISITS,
    referred: EVALUATION | VISITS,
    hand_added: EVALUATION | VISITS,
    # Nothing is held about her body, but there is nothing that she may book.
    declined: IMPACT,
    urgent: frozenset[str](),
}
# On SQLite in the suite: the state that closes most, and the one that a clinician made.
ON_SQLITE = {urgent, impact_held}
STATES = [
    pytest.param(
        state,
        id=state.__name__.strip("_"),
        marks=[pytest.mark.promises] if state in ON_SQLITE else promises_in_full(),
    )
    for state in ALLOWED
]


# --- The doors ------------------------------------------------------------------------------------
#
# Each returns the row that stands for the patient afterwards, and when to look.

Door = Callable[[Cast, Intake], tuple[Patient, datetime]]


def home_page(cast: Cast, draft: Intake) -> tuple[Patient, datetime]:
    with time_machine.travel(LATER, tick=False):
        client = client_for(cast.patient.user)
        client.post("/intake/", CONSENT)
        assert client.get("/intake/contact/").status_code == 302
        assert send(fill(client))["Location"] == "/intake/result/"
    assert Intake.objects.sent().filter(patient=cast.patient, sent_at=LATER).exists()
    return cast.patient, LATER


def resume_link(cast: Cast, draft: Intake) -> tuple[Patient, datetime]:
    """Send the form that she began before any of it, by its mailed link."""
    link = issue(purpose=RESUME, about=about(draft), patient=draft.patient, expires_at=LATER + DAY)
    client = Client()
    with time_machine.travel(LATER, tick=False):
        page = client.get("/l/" + link.rsplit("/", 1)[1])["Location"]
        assert client.post(page, BORN).status_code == 302
        assert send(client)["Location"] == "/intake/result/"
    draft.refresh_from_db()
    assert draft.sent_at == LATER
    return draft.patient, LATER


def desk(cast: Cast, draft: Intake) -> tuple[Patient, datetime]:
    form = start_for_patient(
        patient_id=cast.patient.pk, missing=MissingContact(), by=cast.manager, context=at(LATER)
    )
    answer_and_send(form, LATER)
    return cast.patient, LATER


def file(cast: Cast, draft: Intake) -> tuple[Patient, datetime]:
    import_intake(
        received=Received(well(), authored="", person=Person(), version=INTAKE.version),
        patient_id=cast.patient.pk, as_of=LATER.date(), context=at(LATER),
    )  # fmt: skip
    return cast.patient, LATER


def twin(cast: Cast) -> Patient:
    """Make another row of the same person, who said there that she is well."""
    row = make_patient(
        email=cast.patient.email, name=cast.patient.name, phone=cast.patient.phone,
        born_on=cast.patient.born_on, is_unmatched=True,
    )  # fmt: skip
    make_intake(patient=row, now=LATER)
    assert what_is_open(row, LATER, PACKAGE) == PACKAGE
    return row


def merge_into_her(cast: Cast, draft: Intake) -> tuple[Patient, datetime]:
    merge_patients(kept_id=cast.patient.pk, merged_id=twin(cast).pk, context=at(LATER))
    return cast.patient, LATER


def merge_into_twin(cast: Cast, draft: Intake) -> tuple[Patient, datetime]:
    kept = twin(cast)
    merge_patients(kept_id=kept.pk, merged_id=cast.patient.pk, context=at(LATER))
    return kept, LATER


def decline(cast: Cast, draft: Intake) -> tuple[Patient, datetime]:
    form = make_intake(patient=cast.patient, now=LATER)
    sign(cast, form, "reviewed", "decline", LATER)
    assert not what_is_open(cast.patient, LATER, EVERYTHING - ALLOWED[declined])
    return cast.patient, LATER


def decision(cast: Cast, draft: Intake) -> tuple[Patient, datetime]:
    """Mark everything on a later form as reviewed: what other forms raised is not on it."""
    form = make_intake(patient=cast.patient, now=LATER)
    sign(cast, form, "reviewed", "none", LATER)
    return cast.patient, LATER


def visits(cast: Cast, second_at: datetime) -> Appointment:
    """Give her a package with its first visit done, and return the second, booked."""
    package = with_package(cast.patient, NOW)
    make_visit(package, cast.clinician, 1, NOW + timedelta(hours=2), status="completed")
    return make_visit(package, cast.clinician, 2, second_at)


def checkin(cast: Cast, draft: Intake) -> tuple[Patient, datetime]:
    visit = visits(cast, LATER + 2 * DAY)
    assert is_checkin_open(visit.starts_at, LATER, "America/New_York")
    assert check_in(visit, now=LATER).level == "clear"
    return cast.patient, LATER


def correction(cast: Cast, draft: Intake) -> tuple[Patient, datetime]:
    """Take back on a correction of her latest form whatever she ticked there."""
    latest = Intake.objects.sent().filter(patient=cast.patient).latest("sent_at")
    answer_and_send(start_correction(intake_id=latest.pk, context=at(LATER)), LATER)
    return cast.patient, LATER


def six_weeks_later(cast: Cast, draft: Intake) -> tuple[Patient, datetime]:
    """Send the full form that is asked for again before a visit after 42 days."""
    visit = visits(cast, NOW + 56 * DAY)
    assert is_new_intake_due(visit)
    now = NOW + 49 * DAY
    assert make_intake(patient=cast.patient, now=now).level in ("clear", "caution")
    return cast.patient, now


def graduation(cast: Cast, draft: Intake) -> tuple[Patient, datetime]:
    """Send the full form after the last visit of a package."""
    package = with_package(cast.patient, NOW)
    ended = {"ended_at": NOW, "ending": Enrollment.Ending.FINISHED}
    Enrollment.objects.filter(pk=package.pk).update(**ended)
    assert make_intake(patient=cast.patient, now=LATER).level in ("clear", "caution")
    return cast.patient, LATER


DOORS: tuple[Door, ...] = (
    home_page,
    resume_link,
    desk,
    file,
    merge_into_her,
    merge_into_twin,
    decline,
    decision,
    checkin,
    correction,
    six_weeks_later,
    graduation,
)


def well_before(cast: Cast) -> Intake:
    """Let her send a form while she is well, and begin another; return that draft."""
    assert make_intake(patient=cast.patient, now=NOW).level in ("clear", "caution")
    return make_intake(patient=cast.patient, now=NOW + timedelta(minutes=5), send=False)


@pytest.mark.promises
def test_to_somebody_well_everything_is_open(cast: Cast) -> None:
    """Without a state the doors would open everything: the tries themselves are not refused."""
    draft = well_before(cast)
    assert what_is_open(cast.patient, NOW) == EVERYTHING
    for door in (desk, merge_into_twin, graduation):
        with taken_back():
            assert what_is_open(*door(cast, draft)) == EVERYTHING, door.__name__


@pytest.mark.parametrize("state", STATES)
def test_no_door_opens_more_than_the_state_allows(
    cast: Cast, state: Callable[[Cast], None]
) -> None:
    draft = well_before(cast)
    state(cast)
    cast.patient.refresh_from_db()
    assert what_is_open(cast.patient, LATER) == ALLOWED[state]
    forbidden, opened = EVERYTHING - ALLOWED[state], {}
    for door in DOORS:
        with taken_back():
            patient, now = door(cast, draft)
            opened[door.__name__] = what_is_open(patient, now, forbidden)
    assert {name: found for name, found in opened.items() if found} == {}


@pytest.mark.promises
def test_a_declined_patient_reads_why_and_not_that_she_needs_care_first(cast: Cast) -> None:
    well_before(cast)
    declined(cast)
    visit = visits(cast, LATER + 9 * DAY)
    for asked in (
        lambda: plan(cast.patient, LATER),
        lambda: replanning_of(visit, wishes=PlanWishes(), now=LATER),
        lambda: hold(cast.patient, "rr3", LATER),
    ):
        with pytest.raises((Refused, NotOpen)) as refusal:
            asked()
        assert [reason.code for reason in refusal.value.reasons] == ["declined"]
    assert not circumstances_of(visit).urgent_open
