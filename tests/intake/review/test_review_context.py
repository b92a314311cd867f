"""What a case says about the patient before any flag: nine facts, and for a check-in her course."""

import html
import re
from collections.abc import Generator
from datetime import timedelta

import pytest
import time_machine

from clinic.audit.context import Context
from clinic.audit.details import fields_of
from clinic.audit.record import SYSTEM
from clinic.models.audit import AuditEvent
from intake.models import Intake
from intake.visit_records.actions import save_record
from intake.visit_records.queries import Findings
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_appointment
from tests.intake.checkins.checking_in import DAY, check_in, make_package, make_visit
from tests.intake.review.reviewing import FEVERISH, TORN, decide, make_intake, posted

pytestmark = pytest.mark.django_db

# The day on which the cases below are opened: the day before visit 3.
LATER = NOW + 22 * DAY


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def later() -> Generator[None, None, None]:
    with time_machine.travel(LATER, tick=False):
        yield


def page_of(cast: Cast, intake: Intake) -> str:
    answer = client_for(cast.clinician.user).get(f"/review/{intake.pk}/")
    assert answer.status_code == 200
    return " ".join(html.unescape(answer.content.decode()).split())


def facts_in(page: str) -> dict[str, str]:
    """Return the facts of the line above the flags: what each is called, and what it says."""
    line = page.split('class="facts"')[1].split("</section>")[0]
    found = re.findall(r"<dt>(.*?)</dt> <dd>(.*?)</dd>", line)
    return {name: re.sub(r"<[^>]+>", "", words).strip() for name, words in found}


def store(draft: Intake, raw: dict[str, object]) -> None:
    """Let a draft hold these answers and no others."""
    draft.raw = raw
    draft.save(update_fields=["raw"])


NINE = [
    "Since birth",
    "Birth",
    "Tear",
    "Feeding",
    "Cleared by",
    "Running now",
    "Goal",
    "Medicines, contraindications",
    "Next visit",
]


def make_course(cast: Cast) -> tuple[Intake, Intake]:
    """Make a patient before visit 3 whose pain rose; return her intake and her check-in."""
    package = make_package(cast.patient)
    first = make_visit(package, cast.clinician, 1, NOW + 3 * DAY, status="completed")
    make_visit(package, cast.clinician, 2, NOW + 13 * DAY, status="completed")
    third = make_visit(package, cast.clinician, 3, NOW + 23 * DAY)
    save_record(
        appointment_id=first.pk,
        revision=0,
        findings=Findings(stage=0),
        is_signed=True,
        clinician=cast.clinician.user,
        context=Context(SYSTEM, first.ends_at),
    )
    checkin = check_in(third, now=LATER, pain_worst=6, warning=["bleeding_back"])
    return Intake.objects.full().get(patient=cast.patient), checkin


def test_nine_facts_stand_above_the_flags(cast: Cast) -> None:
    intake = make_intake(
        patient=cast.patient,
        **TORN,
        **{"bg.history": ["clot"], "bg.now": ["breastfeeding"], "bg.goal": "race_soon"},
    )
    make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=LATER + 2 * DAY)
    page = page_of(cast, intake)
    facts = facts_in(page)
    assert list(facts) == NINE
    assert facts["Since birth"] == "55 weeks, born Monday, February 2, 2026"
    assert facts["Birth"] == "Vaginal"
    assert facts["Tear"] == "3rd or 4th degree"
    assert facts["Feeding"] == "Breastfeeds or pumps"
    assert facts["Cleared by"] == "Doctor or midwife"
    assert facts["Goal"] == "Race in the next 12 weeks"
    assert facts["Medicines, contraindications"] == "Earlier blood clot; medicines not asked"
    assert facts["Next visit"] == "Thursday, February 25, 9:00 am EST, Evaluation, Dr. Test"
    assert page.index('class="facts"') < page.index("flags to mark")


def test_what_is_not_known_is_said_plainly(cast: Cast) -> None:
    draft = make_intake(send=False, **FEVERISH)
    store(draft, {"safety.body": ["fever"]})
    facts = facts_in(page_of(cast, draft))
    assert list(facts) == NINE
    assert {facts[name] for name in NINE[:-1]} == {"Not known"}
    assert facts["Next visit"] == "None booked"


def test_a_draft_of_a_known_patient_has_the_facts_of_her_episode(cast: Cast) -> None:
    make_intake(patient=cast.patient, **{"bg.goal": "regular", "bg.delivery": "assisted"})
    draft = make_intake(send=False, patient=cast.patient, **FEVERISH)
    store(draft, {"safety.body": ["fever"], "bg.now": ["pregnant"]})
    facts = facts_in(page_of(cast, draft))
    assert facts["Birth"] == "Vaginal, forceps or vacuum"
    assert facts["Goal"] == "Run each week"
    assert facts["Feeding"] == "Not breastfeeding"
    assert facts["Medicines, contraindications"].startswith("May be pregnant")


def test_a_draft_about_another_birth_has_nothing_of_the_birth_before(cast: Cast) -> None:
    make_intake(patient=cast.patient, **{"bg.delivery": "cesarean", "bg.goal": "regular"})
    draft = make_intake(send=False, patient=cast.patient, **FEVERISH)
    born = (LATER - timedelta(weeks=3)).date().isoformat()
    store(draft, {"safety.body": ["fever"], "bg.birth_date": born})
    facts = facts_in(page_of(cast, draft))
    assert facts["Since birth"].startswith("3 weeks")
    assert (facts["Birth"], facts["Goal"]) == ("Not known", "Not known")


def test_a_check_in_carries_the_patient(cast: Cast) -> None:
    intake, checkin = make_course(cast)
    page = page_of(cast, checkin)
    facts = facts_in(page)
    assert list(facts) == [*NINE, "Walk-run stage", "Last visit", "Check-in for"]
    assert facts["Since birth"] == "55 weeks, born Monday, February 2, 2026"
    assert facts["Medicines, contraindications"] == "Bleeding came back; medicines not asked"
    third = "Wednesday, February 24, 9:00 am EST, visit 3, Dr. Test"
    assert (facts["Next visit"], facts["Check-in for"]) == (third, third)
    assert facts["Walk-run stage"] == "0"
    assert facts["Last visit"] == "Sunday, February 14, 9:00 am EST, visit 2, Dr. Test"
    assert "Birth date not known" not in page
    assert "Impact tests from" in page
    assert f'href="/review/{intake.pk}/"' in page.split('class="facts"')[1].split("</section>")[0]


def test_a_rise_says_what_rose_from_where_to_where(cast: Cast) -> None:
    _intake, checkin = make_course(cast)
    page = page_of(cast, checkin)
    assert "A score rose by 20 or more: Pain 0 → 60" in page
    rise = page.split("A score rose by 20 or more")[1].split("</header>")[0]
    assert re.sub(r"<[^>]+>|\s", "", rise).endswith("CautionPainCC-RISE")
    assert "Leaking" not in rise


def test_the_rise_is_counted_from_the_lowest_value_before(cast: Cast) -> None:
    package = make_package(cast.patient)
    second = make_visit(package, cast.clinician, 2, NOW + 13 * DAY)
    check_in(second, now=NOW + 11 * DAY, heavy_frequency="weekly", heavy_bother=0, pain_worst=3)
    third = make_visit(package, cast.clinician, 3, NOW + 23 * DAY)
    checkin = check_in(third, now=LATER, heavy_frequency="daily", heavy_bother=2, pain_worst=4)
    page = page_of(cast, checkin)
    assert "A score rose by 20 or more: Heaviness 0 → 50; Pain 0 → 40" in page


def test_the_audit_trail_names_what_the_facts_show(cast: Cast) -> None:
    _intake, checkin = make_course(cast)
    page_of(cast, checkin)
    event = AuditEvent.objects.filter(action="read answers").get()
    assert {"ci.pain_worst", "bg.delivery", "bg.history", "stage"} <= set(fields_of(event))


def test_a_patient_is_not_declined_in_the_middle_of_a_package(cast: Cast) -> None:
    intake, checkin = make_course(cast)
    client = client_for(cast.clinician.user)
    for form in (checkin, intake):
        page = page_of(cast, form)
        assert 'value="decline"' not in page
        assert "Decline is not offered in the middle of a package." in page
        answer = client.post(
            f"/review/{form.pk}/", posted(form, next_act="decline", note="because")
        )
        assert answer.status_code == 422
        assert "Choose what happens next." in answer.content.decode()
        assert not form.decisions.exists()
    cast.patient.enrollments.update(ended_at=LATER, ending="cancelled")
    assert 'value="decline"' in page_of(cast, checkin)
    assert decide(client, checkin, next_act="decline", note="because") == 302


def test_a_high_score_is_called_a_worry_and_never_readiness(cast: Cast) -> None:
    intake = make_intake(**{"ready.load": "walk_symptoms", "ready.worry": 4})
    page = page_of(cast, intake)
    scores = page.split("Scores at intake")[1].split("</table>")[0]
    assert re.search(
        r"Running worries</th> <td.*?>76</strong> <span class=\"soft\">very high", scores
    )
    assert "Readiness" not in page


def test_an_older_form_is_read_with_the_episode_of_its_own_time(cast: Cast) -> None:
    old = make_intake(patient=cast.patient, **{"bg.delivery": "cesarean"})
    born = (LATER - timedelta(weeks=6)).date().isoformat()
    make_intake(
        patient=cast.patient, now=LATER, **{"bg.birth_date": born, "bg.delivery": "vaginal"}
    )
    assert facts_in(page_of(cast, old))["Birth"] == "C-section"
