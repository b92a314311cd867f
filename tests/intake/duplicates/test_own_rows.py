"""After a mailed code: which rows become hers, and which she is asked about."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from booking.models import Appointment, Policy
from clinic.models.people import Patient, User
from intake.models import Intake, Task
from tests.clinic.sign_in.coding import born, sign_in_by_code
from tests.factories import (
    make_appointment,
    make_clinician,
    make_enrollment,
    make_offer,
    make_patient,
    make_referral,
)
from tests.intake.online_intake.test_flow import start
from tests.intake.review.reviewing import make_row

pytestmark = pytest.mark.django_db
HERS, HER_BIRTHDAY = "vera@example.test", born(1992, 5, 4)
YOURS = "/visits/yours/"


@pytest.fixture(autouse=True)
def the_clinic(settings: Any) -> None:
    cache.clear()
    settings.LIMITS = dict.fromkeys(settings.LIMITS, (1000, 600))
    make_offer()
    Policy.objects.update(notice_patient_hours=0)


def row(client: Client) -> Patient:
    """Return the row that the anonymous browser made."""
    return Patient.objects.get(pk=client.session["patient"].split()[0])


def visit_of(patient: Patient) -> Appointment:
    clinician = make_clinician(email=f"c{Appointment.objects.count()}@example.test")
    soon = timezone.now() + timedelta(days=3)
    return make_appointment(patient=patient, clinician=clinician, starts_at=soon)


def with_sent_form(**fields: Any) -> Patient:
    """Make a row on which some browser sent a form."""
    patient = make_patient(email=HERS, **fields)
    make_row(queue="reading", due=timezone.now(), sent_at=timezone.now(), patient=patient)
    return patient


# --- Whoever knows the e-mail ---------------------------------------------------------------------


@pytest.mark.promises
def test_a_stranger_who_knows_the_email_gets_nothing_of_hers_and_she_keeps_everything() -> None:
    """The stranger fills in a form with her e-mail; she asks for a code and books a visit."""
    vera = start(email=HERS, name="Vera Example")
    mallory = start(email=HERS, name="Mallory Example", born_on_year="1980")
    hers, strangers = row(vera), row(mallory)
    signed_in = sign_in_by_code(HERS)
    assert signed_in.get("/visits/progress/")["Location"].startswith(YOURS)
    assert signed_in.post(YOURS, HER_BIRTHDAY).status_code == 302
    assert signed_in.post(YOURS, {"answers": "1", f"row_{hers.pk}": "yes"}).status_code == 302
    assert Patient.objects.get(user__email=HERS) == hers
    assert signed_in.get("/visits/progress/").status_code == 200
    visit = visit_of(hers)
    page = f"/book/visit/{visit.pk}/"
    assert signed_in.get(page).status_code == 200
    for address in (page, f"{page}cancel/", f"/book/done/{visit.pk}/"):
        assert mallory.get(address).status_code == 404, address
        # Her first browser never proved itself; who it speaks for is over.
        assert vera.get(address).status_code in (302, 404), address
    assert mallory.post(f"{page}cancel/", {"rev": "0"}).status_code == 404
    visit.refresh_from_db()
    assert visit.status == "booked"
    # The stranger's own row is left to staff, and its browser goes on with its own form only.
    strangers.refresh_from_db()
    assert (strangers.is_unmatched, strangers.user, strangers.merged_into) == (True, None, None)
    assert mallory.get("/intake/safety/").status_code == 200
    assert vera.get("/intake/safety/")["Location"] == "/intake/closed/"


@pytest.mark.promises
def test_her_visit_booked_before_she_signed_in_is_on_her_page_afterwards() -> None:
    hers = with_sent_form()
    visit = visit_of(hers)
    make_patient(email=HERS, born_on=date(1980, 1, 1), name="Newest Row", is_unmatched=True)
    signed_in = sign_in_by_code(HERS)
    signed_in.post(YOURS, HER_BIRTHDAY)
    signed_in.post(YOURS, {"answers": "1", f"row_{hers.pk}": "yes"})
    assert signed_in.get(f"/book/visit/{visit.pk}/").status_code == 200


def test_a_code_and_five_wrong_dates_open_nothing_for_fifteen_minutes() -> None:
    hers = make_patient(email=HERS)
    signed_in = sign_in_by_code(HERS)
    for year in range(1980, 1985):
        assert signed_in.post(YOURS, born(year, 5, 4)).status_code == 422
    assert signed_in.post(YOURS, HER_BIRTHDAY).status_code == 422
    hers.refresh_from_db()
    assert hers.user is None
    assert signed_in.get("/visits/")["Location"].startswith(YOURS)


def test_rows_without_a_date_of_birth_agree_with_nobody() -> None:
    """The desk takes her date of birth away while her session is open."""
    own = make_patient(email=HERS)
    signed_in = sign_in_by_code(HERS)
    assert signed_in.post(YOURS, HER_BIRTHDAY).status_code == 302
    bare, asked = make_patient(email=HERS, born_on=None), with_sent_form(born_on=None)
    Patient.objects.filter(pk=own.pk).update(born_on=None)
    assert signed_in.get(YOURS).status_code in (200, 302)
    signed_in.post(YOURS, {"answers": "1", f"row_{asked.pk}": "yes", f"row_{bare.pk}": "yes"})
    for row_ in (bare, asked):
        row_.refresh_from_db()
        assert (row_.merged_into, row_.user) == (None, None)


# --- What becomes hers ----------------------------------------------------------------------------


@pytest.mark.promises
def test_rows_that_staff_made_become_hers_at_once_and_the_oldest_with_a_visit_is_kept() -> None:
    bare = make_patient(email=HERS)
    with_visit, newer = make_patient(email=HERS), make_patient(email=HERS, is_unmatched=True)
    visit_of(with_visit)
    daughter = make_patient(email=HERS, born_on=date(2007, 1, 1))
    signed_in = sign_in_by_code(HERS.title())
    answer = signed_in.post(f"{YOURS}?next=/visits/readers/", HER_BIRTHDAY, follow=True)
    assert answer.redirect_chain[-1] == ("/visits/readers/", 302)
    assert answer.status_code == 200
    for one in (bare, with_visit, newer, daughter):
        one.refresh_from_db()
    assert with_visit.user == User.objects.get(email=HERS)
    assert with_visit.proven_at is not None
    assert {bare.merged_into, newer.merged_into} == {with_visit}
    assert (daughter.user, daughter.merged_into) == (None, None)


def test_the_browser_that_filled_in_the_form_is_not_asked_whether_it_was_her() -> None:
    client = start(email=HERS)
    hers = row(client)
    sign_in_by_code(HERS, client)
    client.post(YOURS, HER_BIRTHDAY)
    hers.refresh_from_db()
    assert hers.user == User.objects.get(email=HERS)
    assert client.get("/intake/safety/").status_code == 200
    assert client.get("/visits/").status_code == 200


def test_a_row_that_cannot_be_merged_stays_for_staff() -> None:
    kept, other = make_patient(email=HERS), make_patient(email=HERS)
    for one in (kept, other):
        make_enrollment(patient=one, referral=make_referral(patient=one))
    sign_in_by_code(HERS).post(YOURS, HER_BIRTHDAY)
    other.refresh_from_db()
    assert (other.is_unmatched, other.merged_into) == (True, None)


# --- Was this you? --------------------------------------------------------------------------------


@pytest.fixture
def known(db: None) -> tuple[Client, Patient, Patient]:
    """Return her browser after code and date, her row, and one with a form of some browser."""
    hers = make_patient(email=HERS)
    other = with_sent_form()
    client = sign_in_by_code(HERS)
    client.post(YOURS, HER_BIRTHDAY)
    return client, hers, other


def test_she_is_asked_by_the_day_only(known: tuple[Client, Patient, Patient]) -> None:
    client, hers, other = known
    Intake.objects.filter(patient=other).update(sent_at=datetime(2026, 11, 3, 17, tzinfo=UTC))
    page = client.get(YOURS).content.decode()
    assert "Questions answered on November 3, 2026" in page
    assert "Pat Example" not in page
    assert "781" not in page.replace("781-555-0142", "")
    hers.refresh_from_db()
    assert hers.user is not None


@pytest.mark.promises
@pytest.mark.parametrize("answer", ["yes", "no", ""])
def test_yes_merges_no_keeps_it_apart_for_staff_and_no_answer_is_not_yet(
    known: tuple[Client, Patient, Patient], answer: str
) -> None:
    client, hers, other = known
    client.post(YOURS, {"answers": "1", f"row_{other.pk}": answer})
    other.refresh_from_db()
    assert (other.merged_into == hers) is (answer == "yes")
    assert (other.disowned_at is not None) is (answer == "no")
    tasks = Task.objects.filter(kind="fix_contact", patient=other)
    assert tasks.count() == (1 if answer == "no" else 0)
    assert Intake.objects.get(sent_at__isnull=False).patient == (hers if answer == "yes" else other)
    # After the next code she is asked about what she left open, and about nothing else.
    again = sign_in_by_code(HERS)
    first = again.get("/book/")
    assert first.get("Location", "").startswith(YOURS) is (answer == "")
    if answer == "":
        again.post(YOURS, HER_BIRTHDAY)
        assert again.get(YOURS).status_code == 200
        # Once: without an answer she goes on.
        assert again.get("/book/").status_code == 200


def test_what_she_did_not_send_gets_no_mail_there_and_its_call_stays(
    known: tuple[Client, Patient, Patient],
) -> None:
    client, _hers, other = known
    client.post(YOURS, {"answers": "1", f"row_{other.pk}": "no"})
    other.refresh_from_db()
    assert not other.takes_mail
    assert Task.objects.open().filter(patient=other, about__startswith="disowned:").exists()


def test_with_none_of_them_hers_she_begins_anew_on_a_row_of_her_own() -> None:
    other = with_sent_form()
    client = sign_in_by_code(HERS)
    client.post(YOURS, HER_BIRTHDAY)
    client.post(YOURS, {"answers": "1", f"row_{other.pk}": "no"})
    start(client, email="typed-something-else@example.test", name="Vera Example")
    own = Patient.objects.get(user__email=HERS)
    assert (own.email, own.name, own.pk != other.pk) == (HERS, "Vera Example", True)
    assert client.get("/visits/").status_code == 200
