"""Check-ins and corrected forms in the queue and on the case page."""

from datetime import timedelta

import pytest

from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from intake.intakes.corrections import start_correction
from intake.intakes.sending import send_intake
from intake.models import Intake
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW
from tests.intake.checkins.checking_in import check_in, make_package, make_visit
from tests.intake.review.reviewing import (
    FEVERISH,
    TORN,
    actor,
    change_safety,
    decide,
    make_intake,
    opened,
    waiting,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def make_checkin(cast: Cast) -> Intake:
    """Send a red check-in before visit 3 of a package."""
    package = make_package(cast.patient)
    visit = make_visit(package, cast.clinician, 3, NOW + timedelta(days=2))
    return check_in(visit, now=NOW, heavy_frequency="constant", heavy_bother=7)


def test_a_check_in_stands_in_the_same_queue_and_says_so(cast: Cast) -> None:
    checkin = make_checkin(cast)
    urgent = make_intake(**FEVERISH)
    client = client_for(cast.clinician.user)
    rows = [(row.id, row.kind, row.about) for row in waiting().rows]
    assert rows[:2] == [
        (urgent.pk, "", "37, 52 weeks"),
        (checkin.pk, "Check-in before visit 3", "34, 52 weeks"),
    ]
    page = " ".join(client.get("/review/").content.decode().split())
    assert "Check-in before visit 3: Heaviness every day this week" in page


def test_a_check_in_is_read_by_its_own_questions_and_signed(cast: Cast) -> None:
    checkin = make_checkin(cast)
    assert opened(cast.patient) == ("evaluation",)
    client = client_for(cast.clinician.user)
    page = client.get(f"/review/{checkin.pk}/").content.decode()
    for words in (
        "Check-in before visit 3",
        "CR-HEAVY",
        "Every day, most of the day",
        "A check-in opens nothing of its own.",
        "through your check-in",
    ):
        assert words in page, words
    assert "When did you last give birth" not in page
    assert decide(client, checkin, mark="impact_held", reason="worse again") == 302
    assert opened(cast.patient) == ("evaluation",)
    assert decide(client, checkin) == 302
    assert opened(cast.patient) == ("evaluation", "run_ready")
    assert checkin.pk not in [row.id for row in waiting().rows]


def test_what_changed_since_the_last_version_is_marked_with_how_it_stood(cast: Cast) -> None:
    old = make_intake(**TORN)
    draft = make_intake(send=False, patient=old.patient, **{"bg.goal": None, "bg.tear": "first"})
    Intake.objects.filter(pk=draft.pk).update(replaces=old)
    sent = send_intake(intake_id=draft.pk, context=Context(actor(cast.clinician.user), NOW))
    client = client_for(cast.clinician.user)
    page = client.get(f"/review/{sent.pk}/").content.decode()
    assert "What differs from the version sent on" in page
    answers = page.split("In the order asked")[1]
    tear = answers.split("Did you have a tear")[1].split("</div>")[0]
    assert "<mark>" in tear
    assert "Before:" in tear
    assert "Yes, a 3rd or 4th degree tear" in tear
    assert answers.count("<mark>") == 2
    unmarked = client.get(f"/review/{old.pk}/").content.decode()
    assert "<mark>" not in unmarked


def test_how_the_emergency_page_was_answered_is_said(cast: Cast) -> None:
    client = client_for(cast.clinician.user)
    draft = make_intake(send=False, **FEVERISH)

    def said() -> str:
        page = client.get(f"/review/{draft.pk}/").content.decode()
        return page.split("How the emergency page was answered")[1].split("</section>")[0]

    assert "Neither button was pressed." in said()
    draft.urgent_calls.update(help_on_the_way_at=NOW)
    assert "“I’m getting help” on Monday, February 1" in said()
    change_safety(intake=draft)
    assert "“I ticked that by mistake”: changed on" in said()


def test_the_trail_of_an_earlier_version_is_read_on_the_one_that_counts(cast: Cast) -> None:
    old = make_intake(**FEVERISH)
    old.urgent_calls.update(help_on_the_way_at=NOW)
    draft = start_correction(intake_id=old.pk, context=Context(SYSTEM, NOW))
    change_safety(intake=draft)
    sent = send_intake(intake_id=draft.pk, context=Context(SYSTEM, NOW))
    client = client_for(cast.clinician.user)
    page = client.get(f"/review/{sent.pk}/").content.decode()
    for words in (
        "“I’m getting help” on",
        "Urgent answer changed by patient",
        "A fever of 100.4°F",
    ):
        assert words in page, words
    assert opened(old.patient) == ()  # the call of the earlier version has no outcome
    old_page = client.get(f"/review/{old.pk}/").content.decode()
    assert "The patient has corrected this form since." in old_page


def test_a_case_without_a_flag_takes_three_interactions(cast: Cast) -> None:
    """Open the next one, sign it: the note and the next act have answers that mostly fit."""
    make_intake()
    client = client_for(cast.clinician.user)
    client.get("/review/")
    case = client.get("/review/next/", follow=True)
    form = case.context["form"]
    posted = {name: form[name].value() or "" for name in form.fields}
    path = case.redirect_chain[-1][0]
    assert client.post(path, posted)["Location"] == "/review/next/"
    assert waiting().rows == []
