"""A form that comes after its session has ended: kept, sealed, given back to its owner alone."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.models import Appointment
from clinic.kept_forms.actions import LIFE, erase_old_forms
from clinic.models import KeptForm
from clinic.models.people import Patient, User
from clinic.models.sign_in import StoredSession
from clinic.operations import periodic
from intake.models import Intake, VisitRecord
from intake.visit_records.actions import write_record
from tests.cast import Cast, client_for, make_cast
from tests.factories import PASSWORD, make_appointment, make_user
from tests.intake.checkins.checking_in import POSTED_FINE, make_package, make_visit
from tests.intake.checkins.test_checkin_pages import BORN, link, page_of
from tests.intake.online_intake.test_flow import SAFE, start
from tests.rounds import promises_in_full

pytestmark = [pytest.mark.django_db, *promises_in_full()]

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
NOTE = "Called twice, <b>wants</b> mornings"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def record(cast: Cast) -> str:
    visit = make_appointment(
        patient=cast.patient,
        clinician=cast.clinician,
        starts_at=timezone.now() - timedelta(minutes=30),
        status="arrived",
    )
    return reverse("visit_record", args=[visit.pk])


TYPED = {"revision": "0", "li.walk30-overall": "30", "li.walk30-pain": "0", "note": NOTE}


def open_page(user: User, page: str) -> Client:
    client = client_for(user)
    assert client.get(page).status_code == 200
    return client


def send_late(client: Client, page: str, data: dict[str, Any]) -> HttpResponse:
    return client.post(page, data, headers={"referer": f"http://testserver{page}"})


def end_by_time(client: Client, clock: Any) -> None:
    clock.shift(timedelta(minutes=16))


def end_by_deleting(client: Client, clock: Any) -> None:
    StoredSession.objects.all().delete()


def end_by_epoch(client: Client, clock: Any) -> None:
    for user in User.objects.all():
        user.end_sessions()


def end_by_another_request(client: Client, clock: Any) -> None:
    clock.shift(timedelta(minutes=16))
    client.get(reverse("staff_waits"), headers={"x-unattended": "1"})


ENDS = [end_by_time, end_by_deleting, end_by_epoch, end_by_another_request]


@pytest.mark.parametrize("end", ENDS)
def test_a_record_sent_too_late_is_kept_and_back_after_signing_in(
    cast: Cast, clock: Any, record: str, end: Any
) -> None:
    user = cast.clinician.user
    client = open_page(user, record)
    end(client, clock)
    late = send_late(client, record, TYPED)
    text = late.content.decode()
    assert late.status_code == 403
    assert "What you typed is kept for you" in text
    # Whoever sits there now need not be who typed it.
    assert "Called twice" not in text
    assert not VisitRecord.objects.exists()
    user.refresh_from_db()
    client.force_login(user, backend=BACKEND)
    back = client.get(record).content.decode()
    assert "What you typed is back" in back
    assert 'id="id_li.walk30-overall" value="30"' in back
    assert "Called twice, &lt;b&gt;wants&lt;/b&gt; mornings" in back
    # Still there when the page is loaded again, and gone once it was sent.
    assert "What you typed is back" in client.get(record).content.decode()
    assert client.post(record, TYPED).status_code == 302
    assert VisitRecord.objects.count() == 1
    assert not KeptForm.objects.exists()
    assert "What you typed is back" not in client.get(record).content.decode()


def late_form(cast: Cast, clock: Any, record: str) -> Client:
    client = open_page(cast.clinician.user, record)
    end_by_time(client, clock)
    send_late(client, record, TYPED)
    assert KeptForm.objects.count() == 1
    return client


def test_somebody_else_in_the_same_browser_gets_nothing(
    cast: Cast, clock: Any, record: str
) -> None:
    client = late_form(cast, clock, record)
    other = make_user(email="colleague@example.test")
    from_cast = cast.clinician
    from_cast.user, mine = other, from_cast.user
    from_cast.save()
    client.force_login(other, backend=BACKEND)
    page = client.get(record).content.decode()
    assert "Called twice" not in page
    assert "What you typed is back" not in page
    assert client.post(record, TYPED).status_code == 302
    # Not erased by what a colleague sends: it is not hers.
    assert KeptForm.objects.get().person == f"user:{mine.pk}"


def test_the_same_person_in_another_browser_gets_nothing(
    cast: Cast, clock: Any, record: str
) -> None:
    late_form(cast, clock, record)
    page = client_for(cast.clinician.user).get(record).content.decode()
    assert "Called twice" not in page


def test_what_is_kept_is_sealed_and_gone_after_thirty_minutes(
    cast: Cast, clock: Any, record: str
) -> None:
    client = late_form(cast, clock, record)
    [stored] = KeptForm.objects.values_list("content", flat=True)
    for secret in (NOTE, "walk30", record):
        assert secret not in str(stored)
    assert timedelta(minutes=30) == LIFE
    assert periodic.JOBS["erase_kept_forms"].seconds == 60
    clock.shift(timedelta(minutes=29, seconds=59))
    assert erase_old_forms(now=timezone.now()) == 0
    clock.shift(timedelta(seconds=1))
    client.force_login(cast.clinician.user, backend=BACKEND)
    assert "Called twice" not in client.get(record).content.decode()
    assert erase_old_forms(now=timezone.now()) == 1
    assert not KeptForm.objects.exists()


def test_a_form_from_a_browser_that_nobody_signed_in_to_is_shown_and_not_kept(
    cast: Cast, record: str
) -> None:
    late = send_late(Client(), record, {**TYPED, "password": "a secret one"})
    text = late.content.decode()
    assert "Called twice, &lt;b&gt;wants&lt;/b&gt; mornings" in text
    assert "a secret one" not in text
    assert not KeptForm.objects.exists()


def test_at_most_five_forms_are_kept_and_none_that_is_too_large(
    cast: Cast, clock: Any, record: str
) -> None:
    client = open_page(cast.clinician.user, record)
    StoredSession.objects.all().delete()
    send_late(client, record, {"note": "x" * 200_001})
    assert not KeptForm.objects.exists()
    for number in range(7):
        clock.shift(timedelta(seconds=1))
        send_late(client, record, {"note": f"Note {number}"})
    notes = [dict(row.content["fields"])["note"] for row in KeptForm.objects.order_by("kept_at")]
    assert notes == [[f"Note {number}"] for number in range(2, 7)]


# --- What is never kept -------------------------------------------------------------------------

# Typed by hand: signing in, passwords, codes, second factors. A new one belongs in this list.
NEVER = [
    "account_login",
    "account_logout",
    "account_reauthenticate",
    "account_request_login_code",
    "account_confirm_login_code",
    "account_change_password",
    "account_reset_password",
    "mfa_authenticate",
    "mfa_reauthenticate",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_generate_recovery_codes",
    "mfa_add_webauthn",
    "mfa_login_webauthn",
    "mfa_reauthenticate_webauthn",
]
SECRETS = {"login": "a@b.test", "password": "pass word", "code": "123 456", "note": "typed words"}


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("address", NEVER)
def test_no_form_of_signing_in_is_kept(cast: Cast, record: str, address: str, strict: bool) -> None:
    client = Client(enforce_csrf_checks=strict)
    client.force_login(cast.clinician.user, backend=BACKEND)
    client.get(record)
    StoredSession.objects.all().delete()
    headers = {"origin": "http://testserver"}
    answer = client.post(reverse(address), SECRETS, headers=headers)
    assert not KeptForm.objects.exists()
    if "note" not in str(getattr(answer, "context", "")):
        assert b"pass word" not in answer.content


@pytest.mark.parametrize("name", ["password", "password1", "oldpassword", "code", "login"])
def test_a_secret_in_any_other_form_is_left_out(
    cast: Cast, clock: Any, record: str, name: str
) -> None:
    client = open_page(cast.clinician.user, record)
    end_by_time(client, clock)
    send_late(client, record, {"note": NOTE, name: "a secret one"})
    assert dict(KeptForm.objects.get().content["fields"]) == {"note": [NOTE]}


def test_a_date_of_birth_that_proves_somebody_is_not_kept(cast: Cast, clock: Any) -> None:
    assert cast.patient.user is not None
    page = reverse("progress")
    client = open_page(cast.patient.user, page)
    clock.shift(timedelta(minutes=61))
    send_late(client, page, {"birth_gate": "1", "born_on_0": "5", "born_on_1": "24"})
    assert not KeptForm.objects.exists()


# --- Without the token of the session ------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "others", "is_kept"),
    [
        ("http://testserver", False, True),
        ("https://evil.example", False, False),
        ("http://testserver", True, False),
    ],
)
def test_a_page_opened_before_signing_in_anew_acts_on_nothing_and_is_kept_if_it_is_hers(
    cast: Cast, record: str, origin: str, others: bool, is_kept: bool
) -> None:
    client = Client(enforce_csrf_checks=True)
    if others:
        client.force_login(cast.manager, backend=BACKEND)
        client.get(reverse("desk_day"))
    client.force_login(cast.clinician.user, backend=BACKEND)
    client.get(record)
    headers = {"origin": origin, "referer": f"http://testserver{record}"}
    late = client.post(record, {**TYPED, "csrfmiddlewaretoken": "x" * 64}, headers=headers)
    assert late.status_code == 403
    assert not VisitRecord.objects.exists()
    assert KeptForm.objects.exists() is is_kept
    assert (f'href="{record}"' in late.content.decode()) is is_kept
    assert ("What you typed is back" in client.get(record).content.decode()) is is_kept


def test_a_forged_form_from_another_site_is_not_kept_for_anybody(cast: Cast, record: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.clinician.user, backend=BACKEND)
    client.get(record)
    StoredSession.objects.all().delete()
    answer = client.post(record, TYPED, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403
    assert not KeptForm.objects.exists()


def test_a_form_of_staff_is_never_kept_for_a_patient_who_begins_in_the_same_browser(
    cast: Cast, record: str
) -> None:
    """A tablet is handed over: the token of the forms stays the same, as nobody signs in."""
    client = open_page(cast.clinician.user, record)
    del client.cookies["sessionid"]
    start(client)
    client.get("/intake/safety/")
    StoredSession.objects.all().delete()
    late = send_late(client, record, TYPED)
    assert "What you typed is kept for you" not in late.content.decode()
    assert not KeptForm.objects.exists()


def test_signing_in_makes_a_new_token_and_the_form_is_certain_again(
    cast: Cast, record: str, clock: Any
) -> None:
    client = Client()
    for user in (cast.manager, cast.clinician.user):
        sign_in = {"login": user.email, "password": PASSWORD}
        assert client.post(reverse("account_login"), sign_in).status_code == 302
        client.get(record)
        if user == cast.manager:
            client.post(reverse("account_logout"))
    end_by_time(client, clock)
    send_late(client, record, TYPED)
    assert KeptForm.objects.get().person == f"user:{cast.clinician.user.pk}"


def test_a_record_that_a_colleague_saved_meanwhile_is_not_written_over(
    cast: Cast, clock: Any, record: str
) -> None:
    client = late_form(cast, clock, record)
    visit = Appointment.objects.get()
    write_record(visit, revision=1, content={"note": "Theirs"}, by=cast.manager, at=timezone.now())
    client.force_login(cast.clinician.user, backend=BACKEND)
    page = client.get(record).content.decode()
    assert 'name="revision" id="id_revision" value="0"' in page
    answer = client.post(record, TYPED)
    assert answer.status_code == 409
    assert "Your record was not saved" in answer.content.decode()


# --- Everybody's forms ----------------------------------------------------------------------------


def test_the_desk_gets_a_new_booking_back(cast: Cast, clock: Any) -> None:
    page = reverse("desk_contact", args=[cast.patient.pk])
    client = open_page(cast.manager, page)
    end_by_time(client, clock)
    send_late(client, page, {"name": "Half a na", "phone": "781 555"})
    client.force_login(cast.manager, backend=BACKEND)
    back = client.get(page).content.decode()
    assert 'value="Half a na"' in back
    assert 'value="781 555"' in back


def test_a_patient_who_had_not_signed_in_gets_it_back_after_signing_in(cast: Cast) -> None:
    client = start()
    row = Patient.objects.get(intakes__isnull=False)
    page = reverse("book_home")
    client.get(page)
    StoredSession.objects.all().delete()
    late = send_late(client, page, {"wish": "Mornings only"})
    assert "What you typed is kept for you" in late.content.decode()
    assert KeptForm.objects.get().person == f"patient:{row.pk}"
    # Signing in joins the row of the anonymous session to hers.
    row.merged_into = cast.patient
    row.save()
    assert cast.patient.user is not None
    client.force_login(cast.patient.user, backend=BACKEND)
    assert "Mornings only" in client.get(page).content.decode()


def test_a_page_behind_the_date_of_birth_gives_nothing_back_before_it(
    cast: Cast, clock: Any
) -> None:
    page = reverse("progress")
    user = cast.patient.user
    assert user is not None
    client = open_page(user, page)
    clock.shift(timedelta(minutes=61))
    send_late(client, page, {"wish": "Mornings only"})
    client.force_login(user, backend=BACKEND)
    assert "Mornings only" not in client.get(page).content.decode()
    session = client.session
    session["birth_date_known"] = str(cast.patient.pk)
    session.save()
    assert "Mornings only" in client.get(page).content.decode()


def test_a_page_of_questions_whose_session_is_gone_comes_back_with_the_draft(cast: Cast) -> None:
    client = start()
    intake = Intake.objects.get()
    StoredSession.objects.all().delete()
    assert send_late(client, "/intake/safety/", SAFE).status_code == 302
    row = KeptForm.objects.get()
    assert row.person == f"patient:{intake.patient_id}"
    # As the link to a draft does, after the date of birth.
    session = client.session
    session["patient"], session["intake"] = str(intake.patient_id), str(intake.pk)
    session.save()
    client.cookies["sessionid"] = session.session_key or ""
    page = client.get("/intake/safety/").content.decode()
    assert "What you typed is back" in page
    assert page.count("checked") >= len(SAFE) - 1


@pytest.fixture
def visit(cast: Cast) -> Appointment:
    soon = timezone.now() + timedelta(days=2)
    return make_visit(make_package(cast.patient), cast.clinician, 2, soon)


def by_link(visit: Appointment) -> Client:
    client = Client()
    client.get(link(visit))
    client.post(page_of(visit), BORN)
    return client


def by_code(visit: Appointment) -> Client:
    client = client_for(visit.patient.user)
    client.post(page_of(visit), BORN)
    return client


@pytest.mark.parametrize("enter", [by_link, by_code])
def test_a_check_in_comes_back_after_the_link_or_a_code_and_the_date_of_birth(
    visit: Appointment, clock: Any, enter: Any
) -> None:
    client = enter(visit)
    assert "Since your last visit" in client.get(page_of(visit)).content.decode()
    clock.shift(timedelta(minutes=61))
    late = send_late(client, page_of(visit), {**POSTED_FINE, "ci_pain_worst": "3"})
    assert "What you typed is kept for you" in late.content.decode()
    assert not Intake.objects.checkins().exists()
    if enter is by_code:
        assert visit.patient.user is not None
        client.force_login(visit.patient.user, backend=BACKEND)
    else:
        client.get(link(visit))
    assert "What you typed" not in client.get(page_of(visit)).content.decode()
    client.post(page_of(visit), BORN)
    back = client.get(page_of(visit)).content.decode()
    assert "What you typed is back" in back
    assert re.search(r'name="ci_pain_worst"[^>]* value="3"[^>]* checked', back)


def test_an_emergency_still_comes_before_everything(visit: Appointment, clock: Any) -> None:
    client = by_link(visit)
    clock.shift(timedelta(minutes=61))
    late = send_late(client, page_of(visit), {**POSTED_FINE, "ci_warning": "chest_breath"})
    assert "Call 911" in late.content.decode()


def test_what_does_not_exist_stays_a_404(cast: Cast) -> None:
    client = client_for(cast.patient.user)
    client.get("/visits/")
    for page in (f"/visits/check-in/{cast.patient.pk}/", "/nowhere/"):
        assert client.post(page, {"note": NOTE}).status_code == 404
    StoredSession.objects.all().delete()
    assert client.post("/nowhere/", {"note": NOTE}).status_code == 404
    assert not KeptForm.objects.exists()


def test_a_page_that_cannot_be_opened_by_itself_shows_what_was_typed(
    cast: Cast, clock: Any, record: str
) -> None:
    page = f"{record}count/"
    client = open_page(cast.clinician.user, record)
    end_by_time(client, clock)
    send_late(client, page, {"reason": "Full evaluation"})
    client.force_login(cast.clinician.user, backend=BACKEND)
    back = client.get(page)
    assert back.status_code == 200
    assert "Full evaluation" in back.content.decode()
    assert "Copy what you still need" in back.content.decode()


def test_a_page_that_leads_elsewhere_hands_it_on(cast: Cast, clock: Any) -> None:
    page = reverse("desk_home")
    client = client_for(cast.manager)
    client.get(reverse("desk_day"))
    end_by_time(client, clock)
    send_late(client, reverse("desk_new", args=[cast.patient.pk]), {"early_reason": NOTE})
    row = KeptForm.objects.get()
    row.content = {**row.content, "pages": [page]}
    row.save()
    client.force_login(cast.manager, backend=BACKEND)
    moved = client.get(page)
    assert moved.status_code == 302
    assert "Called twice" in client.get(moved["Location"]).content.decode()
