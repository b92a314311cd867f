"""The desk's pages: a telephone call, a move, a mark, a search, and two colleagues at once."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.models import Appointment, Service
from booking.scheduling.queries import Search, free_slots_for
from booking.terms import current_policy
from clinic.models.audit import AuditEvent
from clinic.models.people import Clinician, Patient
from clinic.templatetags.look import clock
from tests.cast import Cast, client_for, make_cast
from tests.factories import (
    NOW,
    make_appointment,
    make_clinician,
    make_enrollment,
    make_manager,
    make_referral,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def desk(cast: Cast) -> Client:
    return client_for(cast.manager)


def free_time(days: int) -> dict[str, Any]:
    now = timezone.now()
    search = Search(
        service=Service.objects.get(code="evaluation"), policy=current_policy(), now=now
    )
    first = (now + timedelta(days=days)).date()
    local = free_slots_for(search, first_day=first, days=7)[0].starts_at
    local = local.astimezone(ZoneInfo("America/New_York"))
    return {"day": f"{local:%Y-%m-%d}", "at": f"{local:%H:%M}", "starts_at": local}


def book(desk: Client, patient: Patient, **time: Any) -> Appointment:
    form = {"service": "evaluation", **{name: time[name] for name in ("day", "at")}}
    assert desk.post(f"/desk/patient/{patient.pk}/book/", form).status_code == 302
    return Appointment.objects.get(status="booked")


def test_a_patient_is_added_and_booked_on_the_telephone(desk: Client) -> None:
    new = {"name": "Tel Ephone", "phone": "781 555 0177", "born_on": "1990-02-03"}
    assert b"somebody else" not in desk.get("/desk/patients/new/").content
    assert desk.post("/desk/patients/new/", new).status_code == 302
    again = desk.post("/desk/patients/new/", new)
    assert again.status_code == 422
    assert b"is known" in again.content
    assert b"somebody else" in again.content
    patient = Patient.objects.get(name="Tel Ephone")
    visit = book(desk, patient, **free_time(7))
    assert visit.booked_by_staff is not None
    day = desk.get(f"/desk/day/{visit.starts_at:%Y-%m-%d}/").content.decode()
    assert "Tel E." in day


def test_a_visit_is_moved_and_a_taken_time_is_refused_with_what_was_typed(
    cast: Cast, desk: Client
) -> None:
    visit = book(desk, cast.patient, **free_time(7))
    path = f"/desk/appointment/{visit.pk}/move/"
    other = free_time(14)
    make_appointment(
        patient=cast.other_patient, clinician=cast.clinician, starts_at=other["starts_at"]
    )
    form = {"rev": visit.rev, "day": other["day"], "at": other["at"]}
    refused = desk.post(path, form)
    assert refused.status_code == 409
    assert other["day"] in refused.content.decode()
    visit.refresh_from_db()
    assert visit.rev == 0
    later = free_time(21)
    assert desk.post(path, form | {"day": later["day"], "at": later["at"]}).status_code == 302
    visit.refresh_from_db()
    assert (visit.rev, visit.starts_at) == (1, later["starts_at"])


def test_the_second_of_two_colleagues_is_told(cast: Cast, desk: Client) -> None:
    visit = book(desk, cast.patient, **free_time(7))
    path = f"/desk/appointment/{visit.pk}"
    form = {"rev": visit.rev, "who": "patient"}
    assert desk.post(f"{path}/cancel/", form).status_code == 302
    assert desk.post(f"{path}/cancel/", form).status_code == 409
    assert desk.post(f"{path}/mark/arrived/", {"rev": visit.rev}).status_code == 409


@pytest.mark.parametrize("path", ["/desk/day/x/", "/desk/day/2027-02-30/", "/desk/day/9999-12-31/"])
def test_an_address_that_is_not_a_day_is_not_found(desk: Client, path: str) -> None:
    assert desk.get(path).status_code == 404


def test_a_free_time_is_one_press_and_what_was_typed_stays(cast: Cast, desk: Client) -> None:
    page = f"/desk/patient/{cast.patient.pk}/book/"
    days = desk.get(page).context["found"].days
    assert {len(one.times) for one in days[1:]} == {3}
    offered = [time for one in days for time in one.times]
    typed = {"service": "evaluation", "day": "2027-13-50", "early_reason": "Away in June"}
    filled = desk.post(page, {**typed, "take": offered[3].value})
    assert filled.status_code == 200
    form = filled.context["form"]
    assert form["early_reason"].value() == "Away in June"
    wall = offered[3].starts_at.astimezone(ZoneInfo("America/New_York"))
    assert form["at"].value() == f"{wall:%H:%M}"
    assert not Appointment.objects.exists()
    sent = {name: form[name].value() for name in ("service", "clinician", "day", "at")}
    assert desk.post(page, sent).status_code == 302
    assert Appointment.objects.get().starts_at == offered[3].starts_at


def test_free_times_are_those_of_the_clinician_and_the_visit_looked_for(
    cast: Cast, desk: Client
) -> None:
    other = make_clinician(email="other.c@example.test", name="Dr. Other")
    page = f"/desk/patient/{cast.patient.pk}/book/"
    asked = {"service": "evaluation", "who": str(other.pk), "look": "1"}
    assert clinicians(desk.post(page, asked)) == {"Dr. Other"}
    make_referral(patient=cast.patient, now=timezone.now(), needs_pessary_fitting=True)
    assert clinicians(desk.get(page)) == set()
    Clinician.objects.filter(pk=other.pk).update(fits_pessaries=True)
    assert clinicians(desk.get(page)) == {"Dr. Other"}


def clinicians(page: Any) -> set[str]:
    return {time.clinician for one in page.context["found"].days for time in one.times}


@pytest.mark.parametrize("rubbish", ["", "x", "2027-01-01T09:00Z|999999", "9999-12-31T23:59Z|1"])
def test_a_value_that_is_not_a_time_fills_nothing(cast: Cast, desk: Client, rubbish: str) -> None:
    answer = desk.post(f"/desk/patient/{cast.patient.pk}/book/", {"take": rubbish})
    assert answer.status_code == 200
    assert not Appointment.objects.exists()


@pytest.mark.parametrize(
    ("contact", "said"),
    [({"email": ""}, "no e-mail address"), ({"mail_bounced_at": NOW}, "refused a mail")],
)
def test_no_mail_is_promised_to_a_patient_whom_mail_does_not_reach(
    cast: Cast, desk: Client, contact: dict[str, Any], said: str
) -> None:
    package = make_enrollment(
        patient=cast.patient, referral=make_referral(patient=cast.patient, now=timezone.now())
    )
    visit = make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=free_time(9)["starts_at"],
        service="rr1", enrollment=package, visit_number=1,
    )  # fmt: skip
    free, outside = free_time(12)["starts_at"], visit.starts_at + timedelta(hours=14)
    replan = f"/desk/appointment/{visit.pk}/following/"
    pages = [
        f"/desk/patient/{cast.patient.pk}/book/",
        f"/desk/appointment/{visit.pk}/",
        f"{replan}?earliest={free:%Y-%m-%d}",
        # One time without any reason against it, and one outside the hours.
        *(f"/desk/appointment/{visit.pk}/move/?slot={slot(at, visit)}" for at in (free, outside)),
    ]
    for page in pages:
        assert said not in desk.get(page).content.decode()
    Patient.objects.filter(pk=cast.patient.pk).update(**contact)
    for page in pages:
        text = desk.get(page).content.decode()
        assert said in text, page
        assert "781-555-0100" in text
        assert "by e-mail?" not in text, page
        assert "A new one leaves" not in text


def slot(at: datetime, visit: Appointment) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}|{visit.clinician_id}"


def test_mails_of_a_visit_have_the_names_people_use(cast: Cast, desk: Client) -> None:
    visit = book(desk, cast.patient, **free_time(9))
    text = desk.get(f"/desk/appointment/{visit.pk}/").content.decode()
    assert "Confirmation" in text
    assert "Reminder, 2 days" in text
    assert "reminder_48h" not in text


@pytest.mark.parametrize("words", ["781-555-0100", "(781) 555 0100", "+1 781 555 0100", "5550100"])
def test_a_patient_is_found_by_her_number_however_it_is_typed(
    cast: Cast, desk: Client, words: str
) -> None:
    page = desk.post("/desk/patients/", {"q": words}, follow=True).content.decode()
    assert cast.patient.name in page
    assert "781-555-0100" in page


@pytest.mark.parametrize(
    "words", ["pat exam", "Example, Pat", "PAT EX", "patient@ex", "5/4/1992", "1992-05-04"]
)
def test_a_patient_is_found_by_what_is_said_on_the_telephone(
    cast: Cast, desk: Client, words: str
) -> None:
    found = desk.post("/desk/patients/", {"q": words}, follow=True).context["found"].rows
    assert cast.patient in found
    assert (cast.other_patient in found) is (words in {"5/4/1992", "1992-05-04"})


@pytest.mark.parametrize("words", ["Pat Otherwise", "4/5/1992", ",", "99", "", " "])
def test_other_patients_are_not_found(desk: Client, words: str) -> None:
    assert not desk.post("/desk/patients/", {"q": words}, follow=True).context["found"].rows


def test_no_address_contains_a_name_and_going_back_finds_it_again(cast: Cast, desk: Client) -> None:
    addresses = []
    for words in ("Pat Example", "Otherwise"):
        answer = desk.post("/desk/patients/", {"q": words})
        assert answer.status_code == 302
        addresses.append(answer["Location"])
    for word in ("Pat", "Example", "Otherwise"):
        assert word not in "".join(addresses)
    assert desk.get(addresses[0]).context["words"] == "Pat Example"
    assert desk.get(addresses[1]).context["words"] == "Otherwise"
    # The address finds nothing for somebody else in another session.
    other = client_for(make_manager(email="second@example.test"))
    assert other.get(addresses[0]).context["found"].count == 0
    # The session forgets older searches.
    for number in range(5):
        desk.post("/desk/patients/", {"q": f"Nobody {number}"})
    assert desk.get(addresses[0]).context["words"] == ""


def test_a_search_says_how_many_it_found_and_leads_to_all_of_them(cast: Cast, desk: Client) -> None:
    Patient.objects.bulk_create(Patient(name=f"Zoë {number:03}") for number in range(60))
    slot = f"2027-02-08T14:00Z%7C{cast.clinician.pk}"
    start = desk.post(f"/desk/patients/?slot={slot}", {"q": "zoe"})["Location"]
    page = desk.get(start)
    assert "60 patients, 1 to 50 on this page" in page.content.decode()
    (address,) = re.findall(r'href="(\?search=[^"]+)"', page.content.decode())
    rest = desk.get("/desk/patients/" + unescape(address))
    assert "60 patients, 51 to 60 on this page" in rest.content.decode()
    assert [one.name for one in rest.context["found"].rows] == [
        f"Zoë {n:03}" for n in range(50, 60)
    ]
    assert rest.context["slot"] == page.context["slot"] is not None
    assert desk.get(f"{start}&after=nobody").status_code == 404


@pytest.mark.parametrize(
    ("words", "field"), [("Zoe O", "name"), ("781 555", "phone"), ("z@example.test", "email")]
)
def test_a_search_that_found_nobody_fills_in_the_new_patient(
    desk: Client, words: str, field: str
) -> None:
    Patient.objects.all().delete()
    page = desk.post("/desk/patients/", {"q": words}, follow=True).content.decode()
    (address,) = re.findall(r'href="(/desk/patients/new/\?search=[^"]+)"', page)
    assert desk.get(unescape(address)).context["form"][field].value() == words


def test_each_patient_found_is_recorded_as_seen(cast: Cast, desk: Client) -> None:
    desk.post("/desk/patients/", {"q": "example.test"}, follow=True)
    events = AuditEvent.objects.filter(action="search patients")
    assert set(events.values_list("patient", flat=True)) == {
        str(cast.patient.pk), str(cast.other_patient.pk),
    }  # fmt: skip
    desk.post("/desk/patients/", {"q": "nobody like that"}, follow=True)
    assert events.filter(patient="").count() == 1


def test_reminders_are_stopped_and_sent_again_as_she_says_on_the_telephone(
    cast: Cast, desk: Client
) -> None:
    page, path = reverse("desk_patient", args=[cast.patient.pk]), "desk_reminders"
    assert b"She gets reminders by mail." in desk.get(page).content
    for choice, said in (("off", b"She wants no reminders since"), ("on", b"She gets reminders")):
        answer = desk.post(reverse(path, args=[cast.patient.pk]), {"reminders": choice})
        assert answer["Location"] == page
        assert said in desk.get(page).content
    events = AuditEvent.objects.filter(patient=str(cast.patient.pk), action__startswith="reminders")
    assert {one.actor for one in events} == {f"user:{cast.manager.pk}"}
    desk.post(reverse(path, args=[cast.patient.pk]), {"reminders": "maybe"})
    assert events.count() == 2


def test_what_to_tell_her_is_shown_before_the_button(cast: Cast, desk: Client) -> None:
    make_referral(patient=cast.patient)
    page = desk.get(reverse("desk_new", args=[cast.patient.pk])).content.decode()
    assert "$225, paid at the clinic. Cancelling costs nothing." in page
    make_enrollment(patient=cast.patient, referral=cast.patient.referrals.get())
    page = desk.get(reverse("desk_new", args=[cast.patient.pk])).content.decode()
    assert "free until 24 hours before the visit" in page


def test_a_time_held_online_says_so_and_until_when(cast: Cast, desk: Client) -> None:
    make_referral(patient=cast.patient, now=timezone.now())
    time = free_time(9)
    until = timezone.now() + timedelta(minutes=8)
    held = make_appointment(
        patient=cast.other_patient, clinician=cast.clinician, starts_at=time["starts_at"],
        status="held", hold_until=until, holder_key="a browser",
    )  # fmt: skip
    said = f"Somebody keeps this time online until {clock(until)}"
    form = {
        "service": "evaluation", "clinician": cast.clinician.pk, "day": time["day"],
        "at": time["at"],
    }  # fmt: skip
    path = reverse("desk_new", args=[cast.patient.pk])
    refused = desk.post(path, form)
    assert refused.status_code == 409
    assert said in refused.content.decode()
    visit = make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=free_time(16)["starts_at"]
    )
    move = reverse("desk_move", args=[visit.pk])
    assert said in desk.get(f"{move}?slot={slot(held.starts_at, visit)}").content.decode()
    send = {**form, "rev": 0, "notify": "y"}
    refused = desk.post(move, send)
    assert refused.status_code == 409
    assert said in refused.content.decode()
    asked = {"service": "evaluation", "who": "desk", "day": time["day"], "at": time["at"]}
    why = desk.get("/desk/why/", asked)
    assert said in why.content.decode()

    # An offer is not a hold made online, and a hold that ran out is in nobody's way.
    Appointment.objects.filter(pk=held.pk).update(holder_key="offer:1")
    assert said not in desk.post(move, send).content.decode()
    Appointment.objects.filter(pk=held.pk).update(
        holder_key="a browser", hold_until=timezone.now() - timedelta(minutes=1)
    )
    assert desk.post(move, send).status_code == 302
