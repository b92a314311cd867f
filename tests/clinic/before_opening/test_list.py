"""The list "Before you open": from an empty database to an open clinic, on screen."""

import re
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.models import Closure, Room, Service
from booking.reminders.actions import owe_confirmation
from booking.set_up.holiday_list import proposed, years_asked_for
from clinic.before_opening.lines import all_lines, holding_up, missing
from clinic.before_opening.words import what_is_missing
from clinic.messages.delivery.sending import send_due
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email
from clinic.models.people import Clinician, Patient, User
from clinic.models.practice import ClinicFacts, WeeklyHours
from intake.episodes.due_times import call_due
from tests.cast import client_for
from tests.factories import (
    NOW,
    make_appointment,
    make_clinician,
    make_offer,
    make_patient,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager() -> Client:
    user = make_user(
        email="ada@clinic.example", name="Ada First", is_manager=True, is_access_admin=True
    )
    return client_for(user)


def keys(lines: Any) -> set[str]:
    return {one.key for one in lines}


def said(key: str) -> list[str]:
    """Return what is missing in that line."""
    (line,) = [one for one in the_lines() if one.key == key]
    return [str(one) for one in line.missing]


def the_lines() -> Any:
    return all_lines(timezone.now())


FACTS = {
    "name": "Harbor Physical Therapy",
    "mail_name": "Harbor Street",
    "address": "9 Harbor Street, Salem, MA",
    "door": "The red door",
    "phone": "978-555-0133",
    "crisis_line": "Call 833-555-0199.",
    "state": "MA",
}
NEEDED = {"facts", "zone", "hours", "rooms", "services", "clinicians"}


def open_on_screen(manager: Client) -> None:
    """Fill in what is needed and open, by the pages only."""
    Clinician.objects.create(name="Dr. Harbor")
    assert manager.post(reverse("clinic_facts"), FACTS).status_code == 302
    assert manager.post(reverse("clinic_zone"), {"zone": "America/New_York"}).status_code == 302
    assert manager.post(reverse("usual_clinic")).status_code == 302
    service = Service.objects.get(code="evaluation")
    page = manager.get(reverse("desk_change_service", args=[service.code])).content.decode()
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    assert seen is not None
    sent = {
        "name": service.name,
        "minutes": 90,
        "buffer_before_minutes": 0,
        "buffer_after_minutes": 15,
        "price": "240",
        "is_active": "on",
        "seen": seen[1],
    }
    assert (
        manager.post(reverse("desk_change_service", args=[service.code]), sent).status_code == 302
    )
    page = manager.get(reverse("before_you_open")).content.decode()
    assert "None of them is needed: you can open now." in page
    assert "Not needed to open." in page
    assert "Monday to Friday, 8 am to 5 pm" in page
    assert manager.post(reverse("open_clinic")).status_code == 302
    assert "needed" not in manager.get(reverse("before_you_open")).content.decode()


def test_an_empty_database_is_led_to_its_opening(manager: Client) -> None:
    assert keys(holding_up(the_lines())) == NEEDED
    page = manager.get(reverse("before_you_open")).content.decode()
    # Nobody was promised anything yet, so there is nothing to compare.
    assert "Times promised before" not in page
    assert "Fill with a usual clinic" in page
    assert "Restore a backup" in page
    refused = manager.post(reverse("open_clinic"))
    assert refused.status_code == 409
    assert "Not opened: 6 lines are still missing." in refused.content.decode()
    assert not ClinicFacts.objects.exclude(opened_at=None).exists()
    open_on_screen(manager)
    assert holding_up(the_lines()) == []
    assert ClinicFacts.objects.get().opened_at is not None
    assert AuditEvent.objects.filter(action="open the clinic").count() == 1


def test_a_line_turns_red_again_and_closes_nothing(manager: Client, real_facts: None) -> None:
    open_on_screen(manager)
    opened = ClinicFacts.objects.get().opened_at
    assert "rooms" not in keys(missing(the_lines()))
    Room.objects.all().delete()
    assert "rooms" in keys(missing(the_lines()))
    page = manager.get(reverse("before_you_open")).content.decode()
    assert "No room is given out" in page
    assert ClinicFacts.objects.get().opened_at == opened


@pytest.mark.django_db(transaction=True)
def test_the_public_pages_are_shut_until_then(real_facts: None) -> None:
    manager = client_for(make_user(email="ada@clinic.example", is_manager=True))
    assert manager.post(reverse("clinic_facts"), FACTS).status_code == 302
    for path in ("/", "/intake/", "/book/prices/", "/learn/"):
        page = Client().get(path)
        text = page.content.decode()
        assert page.status_code == 200, path
        assert "Not open yet" in text, path
        for needed in ("tel:978-555-0133", "tel:911", "tel:988"):
            assert needed in text, (path, needed)
        # Staff see what patients will see.
        assert "Not open yet" not in manager.get(path).content.decode(), path
    for path in ("/privacy/", "/accessibility/", "/accounts/login/", "/health/live"):
        assert "Not open yet" not in Client().get(path).content.decode(), path
    assert Client().post("/intake/").status_code == 403
    urgent = Client().post("/intake/safety/", {"safety_emergency": "chest_pain"})
    assert "Call 911" in urgent.content.decode()
    assert "Not open yet" not in urgent.content.decode()
    make_user(email="gives@clinic.example", is_access_admin=True)
    open_on_screen(manager)
    assert "Not open yet" not in Client().get("/").content.decode()
    # A line that turns red later closes nothing.
    Room.objects.all().delete()
    assert "Not open yet" not in Client().get("/intake/").content.decode()


def test_the_same_list_answers_in_four_places(manager: Client) -> None:
    count = len(missing(the_lines()))
    assert f"{count} lines are missing." in manager.get(reverse("before_you_open")).content.decode()
    told = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("verify", stdout=told)
    assert ended.value.code == 1
    assert told.getvalue().count("missing  ") == count
    probe = Client().get("/health/set-up")
    assert (probe.status_code, probe.content.decode()) == (200, f"set-up: {count} missing\n")
    # Being ready does not depend on it.
    assert "set-up" not in Client().get("/health/ready").content.decode()
    assert len(what_is_missing()) == count


def test_a_usual_clinic_fills_only_what_is_empty(manager: Client) -> None:
    nobody = "Nobody treats patients yet."
    assert nobody in manager.get(reverse("usual_clinic")).content.decode()
    Room.objects.create(name="Garden")
    Clinician.objects.create(name="Dr. Harbor")
    assert nobody not in manager.get(reverse("usual_clinic")).content.decode()
    manager.post(reverse("usual_clinic"))
    assert [one.name for one in Room.objects.all()] == ["Garden"]
    assert WeeklyHours.objects.count() == 5
    assert Service.objects.count() == 7
    # What a visit costs, a person has to say.
    assert not Service.objects.filter(price_cents__isnull=False).exists()
    clinician = Clinician.objects.get()
    assert clinician.services.count() == 7
    assert clinician.opening_hours.count() == 10
    manager.post(reverse("usual_clinic"))
    assert (Service.objects.count(), clinician.opening_hours.count()) == (7, 10)


# --- Mail -----------------------------------------------------------------------------------------


def test_the_mail_arrived_when_its_code_is_typed(
    manager: Client, settings: Any, mailoutbox: list[Any]
) -> None:
    settings.EMAIL_URL, settings.EMAIL_HOST = "smtps://mail.example", "mail.example"
    assert "mail" in keys(missing(the_lines()))
    manager.post(reverse("mail_test"))
    send_due()
    [code] = re.findall(r"\b\d{6}\b", mailoutbox[0].body)
    wrong = "000000" if code != "000000" else "111111"
    assert manager.post(reverse("mail_test"), {"code": wrong}).status_code == 422
    assert "mail" in keys(missing(the_lines()))
    assert manager.post(reverse("mail_test"), {"code": code}).status_code == 302
    assert "mail" not in keys(missing(the_lines()))
    # Of another server it says nothing.
    settings.EMAIL_HOST = "other.example"
    assert "mail" in keys(missing(the_lines()))


# --- Holidays -------------------------------------------------------------------------------------


def test_both_lists_are_proposed() -> None:
    days = {one.day: one for one in proposed(2026, "MA")}
    # Kept by the country on Friday, and left out of the state's own list.
    assert days[date(2026, 7, 3)].name == "Independence Day"
    assert days[date(2026, 4, 20)].name == "Patriots' Day"
    assert (days[date(2026, 4, 20)].is_federal, days[date(2026, 7, 3)].is_federal) == (False, True)
    # New Year's Day of 2028 is kept in 2027.
    assert date(2027, 12, 31) in {one.day for one in proposed(2027, "")}
    assert date(2026, 4, 20) not in {one.day for one in proposed(2026, "")}


def test_the_next_year_is_asked_for_in_autumn() -> None:
    assert years_asked_for(date(2027, 8, 31)) == (2027,)
    assert years_asked_for(date(2027, 9, 1)) == (2027, 2028)


def test_a_person_ticks_the_days_and_sees_what_it_does() -> None:
    with time_machine.travel("2027-02-01 14:00+00:00", tick=False):
        manager = client_for(make_user(email="ada@clinic.example", is_manager=True))
        page = manager.get(reverse("holidays"), {"year": 2027}).content.decode()
        assert "Thanksgiving Day" in page
        assert "checked" not in page
        assert (
            "checked"
            in manager.get(reverse("holidays"), {"year": 2027, "tick": "country"}).content.decode()
        )
        address = f"{reverse('holidays')}?year=2027"
        sent = {"days": ["2027-11-25", "2027-12-24"]}
        assert manager.post(address, {"days": ""}).status_code == 422
        looked = manager.post(address, sent)
        assert looked.status_code == 200
        assert not Closure.objects.exists()
        assert manager.post(address, {**sent, "confirmed": "1"}).status_code == 302
        first, second = Closure.objects.order_by("starts_at")
        assert (first.label, first.ends_at - first.starts_at) == (
            "Thanksgiving Day",
            timedelta(days=1),
        )
        assert second.starts_at.isoformat() == "2027-12-24T05:00:00+00:00"
        assert "holidays" not in keys(missing(the_lines()))
        assert manager.get(reverse("holidays"), {"year": 1999}).status_code == 404
        again = manager.get(address).content.decode()
        assert 'value="2027-11-25"' not in again
    with time_machine.travel("2027-10-01 14:00+00:00", tick=False):
        assert said("holidays") == ["None is chosen for 2028"]


# --- The rules, and a made-up patient -------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_clinician_signs_off_the_rules(real_facts: None) -> None:
    user = make_user(email="nora@clinic.example", name="Nora Keane")
    Clinician.objects.create(user=user, name="Nora Keane")
    clinician, page = client_for(user), reverse("rules_sign_off")
    manager = client_for(make_user(email="ada@clinic.example", is_manager=True))
    unsigned = "Clinical rules are not signed off."
    for one, path in ((clinician, "review_queue"), (manager, "before_you_open")):
        assert unsigned in one.get(reverse(path)).content.decode()
    assert manager.get(page).status_code == 403
    sent = {"name": "Nora Keane, DPT", "license_number": "PT-4711", "version": "1.1"}
    assert clinician.post(page, sent).status_code == 422
    assert clinician.post(page, {**sent, "version": "1.0", "agreed": "on"}).status_code == 422
    assert "sign_off" in keys(missing(the_lines()))
    assert clinician.post(page, {**sent, "agreed": "on"}).status_code == 302
    assert "sign_off" not in keys(missing(the_lines()))
    for one, path in ((clinician, "review_queue"), (manager, "before_you_open")):
        assert unsigned not in one.get(reverse(path)).content.decode()
    assert "License PT-4711" in clinician.get(page).content.decode()


def test_a_made_up_patient_is_walked_through_and_removed(manager: Client) -> None:
    # In the sample clinic everybody is made up.
    assert "walk" not in keys(missing(the_lines()))
    manager.post(reverse("walk_through"))
    manager.post(reverse("walk_through"))
    patient = Patient.objects.get()
    assert (patient.email, patient.is_sample) == ("ada@clinic.example", True)
    assert (
        reverse("desk_patient", args=[patient.pk])
        in manager.get(reverse("walk_through")).content.decode()
    )
    make_offer()
    visit = {"patient": patient, "clinician": make_clinician(), "starts_at": NOW}
    User.objects.update(is_sample=False)
    assert said("walk") == ["No made-up patient was booked and removed yet", "One is still here"]
    Patient.objects.update(erased_at=timezone.now())
    assert said("walk") == ["No made-up patient was booked and removed yet"]
    make_appointment(**visit, status="cancelled", cancelled_at=NOW)
    assert said("walk") == []


# --- One truth for hours --------------------------------------------------------------------------


def test_after_a_change_of_hours_pages_mails_and_due_times_agree(mailoutbox: list[Any]) -> None:
    with time_machine.travel("2027-02-01 14:00+00:00", tick=False):
        # A Monday, 9:00 in New York.
        now = timezone.now()
        make_offer()
        visit = make_appointment(
            patient=make_patient(), clinician=make_clinician(), starts_at=now + timedelta(days=5)
        )
        ada = client_for(make_user(email="eve@clinic.example", is_manager=True))
        for hours, words, due in (
            ("8:00-17:00", "Tuesday, 8 am to 5 pm", datetime(2027, 2, 2, 13, 15, tzinfo=UTC)),
            ("10:00-15:00", "Tuesday, 10 am to 3 pm", datetime(2027, 2, 2, 15, 15, tzinfo=UTC)),
        ):
            sent = {"first": "2027-02-01", "day_1": hours}
            assert ada.post(reverse("desk_clinic_week"), sent).status_code == 302
            for page in ("home", "prices"):
                assert words in Client().get(reverse(page)).content.decode(), page
            mailoutbox.clear()
            owe_confirmation(visit, now=now)
            send_due(now=now)
            [mail] = mailoutbox
            assert words in mail.body
            assert words in mail.alternatives[0].content
            assert call_due(now) == due
            Email.objects.all().delete()


def test_a_visit_that_was_promised_before_times_were_kept_is_compared() -> None:
    make_offer()
    visit = make_appointment(
        patient=make_patient(),
        clinician=make_clinician(),
        starts_at=timezone.now() + timedelta(days=3),
    )
    assert said("promises") == []
    type(visit).objects.update(is_promise_checked=False)
    assert said("promises") == [
        "1 visit ahead was promised before times were kept, and nobody has compared it"
    ]
    desk = client_for(make_user(email="desk@clinic.example", is_manager=True))
    assert "Times promised before" in desk.get(reverse("before_you_open")).content.decode()
