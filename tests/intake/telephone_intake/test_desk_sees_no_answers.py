"""The desk sees levels, counts and what was told, but no answer, note or text of a decision."""

from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.core import mail
from django.core.mail import EmailMultiAlternatives

from booking.models import Appointment
from clinic.messages.delivery.sending import send_due
from clinic.models.messages import Email
from clinic.operations.periodic import run_due
from intake.models import Intake
from intake.questionnaire.condition_words import QUESTIONS
from intake.triage.rules import CHECKIN_RULES, INTAKE_RULES
from tests.cast import Cast, client_for, make_cast
from tests.edges.crawling import MOST_OF_A_KIND, crawl
from tests.factories import NOW, make_appointment, make_patient
from tests.intake.checkins.checking_in import DAY, check_in, make_package, make_visit
from tests.intake.review.reviewing import CANARY, FEVERISH, TORN, decide, make_intake
from tests.rounds import rounds

pytestmark = pytest.mark.django_db

DECIDED = "canary-decided-7e2"
REASONED = "canary-reason-9b3"
# Every area answered, so that every kind of answer could show.
AILING = {
    "safety.mind": ["self_harm"],
    "bg.history": ["prolapse", "eating_disorder"],
    "leak.when": ["stool"], "leak.frequency": "daily", "leak.bother": 9, "leak.amount": "soak",
    "heavy.frequency": "constant", "heavy.bulge": "outside", "heavy.bother": 8,
    "pain.areas": ["vagina"], "pain.worst": 9, "pain.signs": ["rest"],
    "ready.mood": "every_day",
}  # fmt: skip
TOLD = {rule.told for rule in (*INTAKE_RULES, *CHECKIN_RULES)}


@pytest.fixture
def cast() -> Iterator[Cast]:
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        yield make_cast()


def secrets() -> set[str]:
    """Return what no desk page may hold: notes, questions, the words of choices, rule ids."""
    words = {choice.text for question in QUESTIONS.values() for choice in question.choices}
    asked = {question.text for question in QUESTIONS.values()}
    rules = {rule.id for rule in (*INTAKE_RULES, *CHECKIN_RULES)}
    long_enough = {word for word in words if len(word) > 14}
    return {CANARY, DECIDED, REASONED, *asked, *rules, *long_enough}


def work_done(cast: Cast) -> list[Intake]:
    """Send forms of every level, decide one, and book a visit for each patient."""
    ill = make_intake(patient=cast.patient, **AILING)
    torn = make_intake(patient=cast.other_patient, **TORN)
    fever, well = make_intake(**FEVERISH), make_intake(name="Wilma Well")
    draft = make_intake(send=False, name="Dora Draft", **AILING)
    clinician = client_for(cast.clinician.user)
    assert decide(clinician, torn, mark="impact_held", reason=REASONED, note=DECIDED) == 302
    for n, form in enumerate((ill, torn, well)):
        make_appointment(
            patient=form.patient, clinician=cast.clinician, starts_at=NOW + timedelta(hours=2 * n)
        )
    return [ill, torn, fever, well, draft]


def checked_in(cast: Cast) -> Appointment:
    """Send a red check-in for a coming visit of the package."""
    package = make_package(make_patient(email="six@example.test", name="Sixta Visits"))
    visit = make_visit(package, cast.clinician, 2, NOW + 2 * DAY)
    check_in(visit, now=NOW, warning=["bone"], pain_worst=8)
    return visit


def found_in(text: str) -> set[str]:
    """Return the secrets in a page, apart from what the patient is told."""
    text = unescape(text)
    for told in TOLD:
        text = text.replace(told, "")
    return {secret for secret in secrets() if secret in text}


def test_no_page_of_the_desk_holds_an_answer(cast: Cast) -> None:
    forms = work_done(cast)
    visit = checked_in(cast)
    send_due(now=NOW + timedelta(minutes=5))
    desk = client_for(cast.manager)
    search = desk.post("/desk/patients/", {"q": "a"})["Location"]
    starts = [
        "/desk/", f"/desk/day/{NOW.date()}/", search, "/desk/mail/",
        "/desk/reports/", "/review/tasks/", "/review/tasks/?tab=closed", "/review/matches/",
        "/review/check-ins/", f"/review/check-ins/{visit.pk}/done/",
        *(f"/desk/patient/{form.patient_id}/" for form in forms),
        *(f"/desk/mail/{email.pk}/" for email in Email.objects.all()),
    ]  # fmt: skip
    # The desk fills in a check-in on this page, so it contains questions.
    pages = [
        page
        for page in crawl(desk, starts, rounds(1, MOST_OF_A_KIND))
        if page.kind != "front_desk_checkin"
    ]
    kinds = {page.kind for page in pages}
    assert {"desk_day", "desk_patient", "desk_mail", "task_list", "task", "reports"} <= kinds
    assert {"checkins_due", "front_desk_done"} <= kinds
    assert {page.address: found for page in pages if (found := found_in(page.body))} == {}
    # The page of a call shows what the patient was told, so the pages above were not empty.
    assert any("Call or text 988" in unescape(page.body) for page in pages)


def test_the_search_for_answers_finds_them_where_they_are(cast: Cast) -> None:
    ill = work_done(cast)[0]
    page = client_for(cast.clinician.user).get(f"/review/{ill.pk}/").content.decode()
    assert CANARY in found_in(page)
    assert QUESTIONS["leak.when"].text in found_in(page)


def test_no_mail_holds_an_answer(cast: Cast) -> None:
    work_done(cast)
    checked_in(cast)
    for hours in (0, 4, 24, 48):
        now = NOW + timedelta(hours=hours, minutes=10)
        with time_machine.travel(now, tick=False):
            list(run_due(now=now))
            send_due(now=now)
    assert len(mail.outbox) > 4
    for message in mail.outbox:
        assert isinstance(message, EmailMultiAlternatives)
        bodies = [
            message.subject,
            str(message.body),
            *(str(body) for body, _ in message.alternatives),
        ]
        assert found_in("\n".join(bodies)) == set(), message.subject
