"""Run Ready on the telephone: the desk enrolls a patient and plans all visits at once."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from booking.appointments.bookings import book_by_staff
from booking.models import Appointment, Enrollment, Package, Policy
from booking.packages import ledger
from booking.packages.queries import entries_of
from booking.scheduling.slot_choices import read_choice
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email
from clinic.templatetags.look import in_full
from tests.cast import Cast, client_for, make_cast
from tests.factories import make_enrollment, make_referral, make_version

pytestmark = pytest.mark.django_db

WISHES = {"weekdays": "1", "parts": "morning"}


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def desk(cast: Cast) -> Client:
    return client_for(cast.manager)


@pytest.fixture
def package(cast: Cast) -> Enrollment:
    now = timezone.now()
    referral = make_referral(patient=cast.patient, now=now)
    make_referral(patient=cast.other_patient, now=now)
    return make_enrollment(patient=cast.patient, referral=referral, now=now)


def enrolling(cast: Cast) -> str:
    return reverse("desk_join", args=[cast.patient.pk])


def planning(package: Enrollment) -> str:
    return reverse("desk_plan", args=[package.pk])


def booking(package: Enrollment) -> str:
    return reverse("desk_plan_book", args=[package.pk])


def times(desk: Client, path: str) -> dict[str, str]:
    rows = desk.get(path).context["rows"]
    return {f"v{row.number}": row.value for row in rows if row.planned}


def key_of(page: str) -> str:
    [key] = re.findall(r'name="form_key" value="([^"]+)"', page)
    return key


def take(cast: Cast, value: str) -> None:
    starts_at, clinician_id = read_choice(value) or (timezone.now(), 0)
    book_by_staff(
        patient=cast.other_patient, service_code="evaluation", starts_at=starts_at,
        clinician_id=clinician_id, staff=cast.manager, context=Context(SYSTEM, timezone.now()),
    )  # fmt: skip


# --- Enrolling ---------------------------------------------------------------------------------


def test_the_terms_are_read_first_and_enrolling_twice_enrolls_once(
    cast: Cast, desk: Client
) -> None:
    make_referral(patient=cast.patient, now=timezone.now())
    Policy.objects.create(late_change_hours=48)
    version = make_version(package=Package.objects.get(), price_cents=99_000)
    patient = desk.get(reverse("desk_patient", args=[cast.patient.pk])).content.decode()
    assert enrolling(cast) in patient
    page = desk.get(enrolling(cast)).content.decode()
    assert "$990 for 6 visits" in page
    assert "free until 48 hours before a visit" in page
    assert not Enrollment.objects.exists()
    sent = {"form_key": key_of(page), "version": str(version.pk)}
    first, again = desk.post(enrolling(cast), sent), desk.post(enrolling(cast), sent)
    package = Enrollment.objects.get()
    assert first["Location"] == reverse("desk_package", args=[package.pk])
    assert again["Location"] == first["Location"]
    assert package.price_cents == 99_000
    assert ledger.balance(entries_of(package)) == 6
    event = AuditEvent.objects.get(action="enroll")
    assert (event.actor, event.patient) == (f"user:{cast.manager.pk}", str(cast.patient.pk))
    assert (
        enrolling(cast)
        not in desk.get(reverse("desk_patient", args=[cast.patient.pk])).content.decode()
    )


def test_the_desk_opens_nothing_that_her_answers_keep_closed(cast: Cast, desk: Client) -> None:
    for closed in (
        {"run_ready_opens_on": None, "run_ready_closed": "review"},
        {"stops_self_booking": True},
        {"expires_on": timezone.now().date() - timedelta(days=2)},
    ):
        cast.patient.referrals.update(superseded_at=timezone.now())
        make_referral(patient=cast.patient, now=timezone.now(), **closed)
        page = desk.get(enrolling(cast)).content.decode()
        assert "never by the desk" in page
        assert "She agrees" not in page
        assert desk.post(enrolling(cast)).status_code == 409
    assert not Enrollment.objects.exists()


def test_one_package_at_a_time(cast: Cast, desk: Client, package: Enrollment) -> None:
    assert "Her package is under way." in desk.get(enrolling(cast)).content.decode()
    answer = desk.post(enrolling(cast))
    assert answer.status_code == 409
    assert "You have a package under way already" in answer.content.decode()
    assert Enrollment.objects.count() == 1


# --- Planning ----------------------------------------------------------------------------------


def test_all_six_are_planned_from_her_wishes_and_booked_with_one_mail(
    cast: Cast, desk: Client, package: Enrollment
) -> None:
    assert (
        planning(package) in desk.get(reverse("desk_package", args=[package.pk])).content.decode()
    )
    path = f"{planning(package)}?{urlencode(WISHES)}"
    page = desk.get(path)
    assert b"Book these 6 visits" in page.content
    assert b"Hold these" not in page.content
    planned = times(desk, path)
    assert len(planned) == 6
    assert not Appointment.objects.exists()
    sent = {**planned, "book": "all", "form_key": key_of(page.content.decode())}
    # A double click is one booking, and leads to the package both times.
    for _ in range(2):
        answer = desk.post(booking(package), sent)
        assert answer["Location"] == reverse("desk_package", args=[package.pk])
    booked = Appointment.objects.filter(status="booked").order_by("visit_number")
    assert [one.visit_number for one in booked] == [1, 2, 3, 4, 5, 6]
    assert {one.booked_by_staff for one in booked} == {cast.manager}
    assert {f"v{one.visit_number}" for one in booked} == set(planned)
    assert ledger.balance(entries_of(package)) == 0
    assert Email.objects.filter(kind="plan").count() == 1
    assert not Email.objects.filter(kind="confirmation").exists()
    # Sent from another page: nothing is booked twice.
    again = desk.post(booking(package), {**planned, "book": "all"})
    assert again.status_code == 409
    assert booked.count() == 6
    assert desk.get(planning(package)).status_code == 409


def test_only_the_first_can_be_booked_and_the_rest_planned_later(
    desk: Client, package: Enrollment
) -> None:
    planned = times(desk, planning(package))
    assert desk.post(booking(package), {**planned, "book": "first"}).status_code == 302
    assert [one.visit_number for one in Appointment.objects.filter(status="booked")] == [1]
    assert set(times(desk, planning(package))) == {"v2", "v3", "v4", "v5", "v6"}


def test_a_time_lost_meanwhile_is_named_nothing_is_booked_and_the_rest_stays(
    cast: Cast, desk: Client, package: Enrollment
) -> None:
    path = f"{planning(package)}?{urlencode(WISHES)}"
    planned = times(desk, path)
    take(cast, planned["v3"])
    answer = desk.post(booking(package), {**planned, **WISHES, "book": "all"})
    assert answer.status_code == 409
    assert "Visit 3: This time is taken." in answer.content.decode()
    assert not Appointment.objects.filter(patient=cast.patient).exists()
    again = {f"v{row.number}": row.value for row in answer.context["rows"]}
    assert {name for name in planned if again[name] != planned[name]} == {"v3"}
    assert answer.context["form"]["weekdays"].value() == ["1"]
    assert desk.post(booking(package), {**again, "book": "all"}).status_code == 302


def test_another_time_for_one_visit_goes_back_into_the_desks_plan(
    desk: Client, package: Enrollment
) -> None:
    query = urlencode(planned := times(desk, planning(package)))
    address = reverse("desk_plan_change", args=[package.pk, 2])
    assert f"{address}?" in desk.get(planning(package)).content.decode()
    page = desk.get(f"{address}?{query}").content.decode()
    values = re.findall(r'type="radio"[^>]* name="v2" value="([^"]+)"', page)
    chosen = next(one for one in values if one != planned["v2"])
    assert f'action="{planning(package)}"' in page
    assert times(desk, f"{planning(package)}?{query}&v2={chosen}")["v2"] == chosen
    assert desk.get(reverse("desk_plan_change", args=[package.pk, 7])).status_code == 404


def test_the_desk_plans_within_its_own_notice(desk: Client, package: Enrollment) -> None:
    Policy.objects.create(notice_patient_hours=24 * 7, notice_desk_hours=0)
    first = min(times(desk, planning(package)).values())
    starts_at, _clinician = read_choice(first) or (timezone.now(), 0)
    assert starts_at < timezone.now() + timedelta(days=6)


def test_an_urgent_answer_leaves_single_visits_with_a_reason(
    cast: Cast, desk: Client, package: Enrollment
) -> None:
    planned = times(desk, planning(package))
    cast.patient.referrals.update(stops_self_booking=True)
    for answer in (
        desk.get(planning(package)),
        desk.post(booking(package), {**planned, "book": "all"}),
    ):
        assert answer.status_code == 409
        assert "An urgent answer is open" in answer.content.decode()
    assert not Appointment.objects.exists()


@pytest.mark.parametrize("sent", [{}, {"v1": "x"}, {"v13": "2027-02-03T14:00Z|1"}])
def test_made_up_times_book_nothing(desk: Client, package: Enrollment, sent: dict) -> None:
    assert desk.post(booking(package), {**sent, "book": "all"}).status_code == 422
    assert not Appointment.objects.exists()


def test_a_package_that_has_ended_has_no_plan(desk: Client, package: Enrollment) -> None:
    package.ended_at, package.ending = timezone.now(), "expired"
    package.save()
    assert desk.get(planning(package)).status_code == 404
    assert desk.post(booking(package), {"v1": "x"}).status_code == 404
    shown = desk.get(reverse("desk_package", args=[package.pk])).content.decode()
    assert planning(package) not in shown


def test_the_page_asks_as_much_for_a_full_calendar_as_for_an_empty_one(
    cast: Cast, desk: Client, package: Enrollment
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert desk.get(planning(package)).status_code == 200
        return len(seen)

    statements()
    empty = statements()
    for value in list(times(desk, planning(package)).values())[:1]:
        take(cast, value)
    assert statements() == empty


def test_the_package_says_when_each_visit_is(desk: Client, package: Enrollment) -> None:
    planned = times(desk, planning(package))
    desk.post(booking(package), {**planned, "book": "first"})
    shown = desk.get(reverse("desk_package", args=[package.pk])).content.decode()
    first = Appointment.objects.get(visit_number=1)
    said = shown.partition("The visits")[2].partition("What each visit did")[0]
    assert reverse("desk_appointment", args=[first.pk]) in said
    assert in_full(first.starts_at) in said
    assert "Booked" in said
    assert said.count("not booked yet") == 5
    assert said.count("Best between") == 1
