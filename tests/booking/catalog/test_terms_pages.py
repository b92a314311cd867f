"""Changing prices and terms: for new bookings only, shown first, and no reminder sent twice."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from booking.catalog.actions import set_service, set_terms
from booking.catalog.forms import ServiceForm, TermsForm
from booking.models import Appointment, Policy, Service
from booking.refusals import Refused
from booking.reminders.actions import owe_confirmation
from booking.scheduling.queries import Search, free_slots_for
from booking.terms import current_policy, service_version
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email
from clinic.practice.wall_time import instant
from tests.booking.reminders.test_emails import sent
from tests.cast import Cast, client_for, make_cast
from tests.factories import make_appointment
from tests.racing import race

pytestmark = pytest.mark.django_db

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ZONE = "America/New_York"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def desk(cast: Cast) -> Client:
    return client_for(cast.manager)


@pytest.fixture
def visit(cast: Cast) -> Appointment:
    """Return a booked visit at ten in the morning, ten days from now, with its mails."""
    at = instant(timezone.now().date() + 10 * DAY, time(10), ZONE)
    made = make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=at)
    owe_confirmation(made, now=timezone.now())
    return made


def typed(form: TermsForm | ServiceForm, **fields: Any) -> dict[str, Any]:
    """Return what a browser would send: the form as shown, with some fields changed."""
    shown = {name: value for name, value in form.initial.items() if value is not None}
    shown = {name: value for name, value in shown.items() if value is not False}
    return {**shown, **fields}


def terms(**fields: Any) -> dict[str, Any]:
    return typed(TermsForm(policy=current_policy()), **fields)


def owed(visit: Appointment) -> dict[str, tuple[datetime, str]]:
    rows = Email.objects.filter(about=f"appointment:{visit.pk}", kind__startswith="reminder")
    return {row.kind: (row.due_at, row.status) for row in rows}


def test_new_terms_are_shown_first_and_count_for_new_bookings(
    cast: Cast, desk: Client, visit: Appointment
) -> None:
    before = current_policy()
    wanted = terms(late_change_hours=48, idle_package_days=30)
    look = desk.post("/desk/terms/change/", wanted)
    assert [(str(what), *both) for what, *both in look.context["changes"]] == [
        ("Free changes until, in hours before the visit", "24", "48"),
        ("A package is idle without a booked visit, in days", "21", "30"),
    ]
    assert look.context["booked"] == 1
    assert current_policy() == before
    assert desk.post("/desk/terms/change/", {**wanted, "confirmed": "1"}).status_code == 302
    after = current_policy()
    assert (after.late_change_hours, after.idle_package_days, after.by) == (48, 30, cast.manager)
    visit.refresh_from_db()
    assert visit.policy == before
    said = AuditEvent.objects.get(action="set terms").reason
    assert said == "idle_package_days 21 > 30; late_change_hours 24 > 48"
    assert b"Mara Desk" in desk.get("/desk/terms/").content


def test_going_back_shows_what_was_typed_and_saves_nothing(desk: Client) -> None:
    page = desk.post("/desk/terms/change/", terms(hold_minutes=20, edit="1"))
    assert page.context["form"]["hold_minutes"].value() == "20"
    assert Policy.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"hold_minutes": "0"},
        {"hold_minutes": "9" * 40},
        {"slot_grid_minutes": "7"},
        {"idle_package_days": "abc"},
        {"evaluation_counts_days": "100"},
        {"quiet_from_hour": "25"},
        {"reminder_lead_hours": ["7"]},
        {"late_change_hours": ""},
        {"seen": "x"},
    ],
)
def test_invalid_terms_are_refused_and_stay_in_the_form(
    desk: Client, wrong: dict[str, Any]
) -> None:
    page = desk.post("/desk/terms/change/", terms(confirmed="1", **wrong))
    assert page.status_code == 422
    assert Policy.objects.count() == 1
    [name] = wrong
    assert page.context["form"].data[name] == (
        wrong[name][0] if isinstance(wrong[name], list) else wrong[name]
    )


@pytest.mark.promises
def test_the_database_refuses_terms_that_leave_no_hour_to_mail() -> None:
    for wrong in ({"hold_minutes": 0}, {"quiet_from_hour": 8}, {"quiet_from_hour": 25}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Policy.objects.create(**wrong)


def test_the_second_of_two_colleagues_sees_what_the_first_put_into_force(desk: Client) -> None:
    mine = terms(hold_minutes=20, confirmed="1")
    desk.post("/desk/terms/change/", terms(hold_minutes=15, confirmed="1"))
    page = desk.post("/desk/terms/change/", mine)
    assert page.status_code == 409
    [(_label, now, typed_in)] = page.context["changes"]
    assert (now, typed_in) == ("15", "20")
    assert current_policy().hold_minutes == 15
    again = {**mine, "seen": page.context["form"]["seen"].value()}
    assert desk.post("/desk/terms/change/", again).status_code == 302
    assert current_policy().hold_minutes == 20


@pytest.mark.django_db(transaction=True)
@pytest.mark.promises
def test_of_ten_colleagues_at_once_one_sets_the_terms() -> None:
    cast = make_cast()
    seen = current_policy().pk

    def act(number: int) -> Policy:
        return set_terms(
            values={"hold_minutes": 11 + number},
            seen=seen,
            by=cast.manager,
            context=Context(SYSTEM, timezone.now()),
        )

    outcomes = race(10, act)
    assert sum(isinstance(one, Policy) for one in outcomes) == 1, outcomes
    assert sum(isinstance(one, Refused) for one in outcomes) == 9, outcomes
    assert Policy.objects.count() == 2


# --- Reminders --------------------------------------------------------------------------------


def set_leads(cast: Cast, *leads: int, now: datetime | None = None) -> None:
    set_terms(
        values={"reminder_lead_hours": list(leads)},
        seen=current_policy().pk,
        by=cast.manager,
        context=Context(SYSTEM, now or timezone.now()),
    )


@pytest.mark.promises
def test_other_leads_count_for_every_visit_ahead_and_can_be_taken_back(
    cast: Cast, desk: Client, visit: Appointment
) -> None:
    assert {kind for kind, (_, status) in owed(visit).items() if status == "due"} == {
        "reminder_48h",
        "reminder_24h",
    }
    look = desk.post("/desk/terms/change/", terms(reminder_lead_hours=["72", "24"]))
    counted = look.context["reminders"]
    assert (counted.owed, counted.moved, counted.taken_back) == (1, 0, 1)
    set_leads(cast, 72, 24)
    assert {kind: status for kind, (_, status) in owed(visit).items()} == {
        "reminder_72h": "due",
        "reminder_48h": "skipped",
        "reminder_24h": "due",
    }
    set_leads(cast, 48, 24)
    assert {kind: status for kind, (_, status) in owed(visit).items()} == {
        "reminder_72h": "skipped",
        "reminder_48h": "due",
        "reminder_24h": "due",
    }


@pytest.mark.promises
def test_no_reminder_is_sent_twice_or_late_because_the_leads_changed(
    cast: Cast, visit: Appointment
) -> None:
    Email.objects.filter(kind="confirmation").delete()
    two_days_before = visit.starts_at - 2 * DAY
    assert len(sent(two_days_before)) == 1
    # The moment of this lead is over for this visit, and no mail makes up for it.
    set_leads(cast, 72, 48, 24, now=two_days_before + HOUR)
    assert sent(two_days_before + 2 * HOUR) == []
    set_leads(cast, 24, now=two_days_before + 3 * HOUR)
    set_leads(cast, 48, 24, now=two_days_before + 4 * HOUR)
    assert sent(two_days_before + 5 * HOUR) == []
    assert len(sent(visit.starts_at - DAY)) == 1
    assert sent(visit.starts_at - HOUR) == []


def test_a_visit_moved_after_the_change_is_reminded_by_the_newest_terms(
    cast: Cast, visit: Appointment
) -> None:
    set_leads(cast, 24)
    Appointment.objects.filter(pk=visit.pk).update(rev=1)
    visit.refresh_from_db()
    owe_confirmation(visit, now=timezone.now())
    rows = Email.objects.filter(rev=1, kind__startswith="reminder")
    assert [row.kind for row in rows] == ["reminder_24h"]


# --- Visits -----------------------------------------------------------------------------------


def test_a_longer_visit_counts_for_what_is_booked_from_now_on(
    desk: Client, cast: Cast, visit: Appointment
) -> None:
    service = Service.objects.get(code="evaluation")
    ends_at, busy_until = visit.ends_at, visit.busy_until
    form = typed(ServiceForm(service=service), minutes=120, buffer_after_minutes=0)
    page = desk.get("/desk/terms/evaluation/")
    assert page.context["ahead"] == 1
    assert desk.post("/desk/terms/evaluation/", form).status_code == 302
    visit.refresh_from_db()
    assert (visit.ends_at, visit.busy_until) == (ends_at, busy_until)
    service.refresh_from_db()
    search = Search(service=service, policy=current_policy(), now=timezone.now())
    slots = free_slots_for(search, first_day=visit.starts_at.date(), days=1)
    assert {slot.ends_at - slot.starts_at for slot in slots} == {2 * HOUR}
    assert not [
        one for one in slots if one.starts_at < busy_until and one.ends_at > visit.starts_at
    ]
    assert AuditEvent.objects.get(action="set service").reason == (
        "buffer_after_minutes 15 > 0; minutes 90 > 120"
    )


def test_a_visit_of_the_package_has_no_price_of_its_own(desk: Client) -> None:
    form = typed(ServiceForm(service=Service.objects.get(code="rr1")), price="100", minutes=50)
    assert desk.post("/desk/terms/rr1/", form).status_code == 302
    first = Service.objects.get(code="rr1")
    assert (first.price_cents, first.minutes) == (None, 50)


@pytest.mark.parametrize(
    "wrong", [{"minutes": "0"}, {"minutes": "x"}, {"price": ""}, {"name": ""}, {"price": "-1"}]
)
def test_an_invalid_service_is_refused(desk: Client, wrong: dict[str, str]) -> None:
    service = Service.objects.get(code="evaluation")
    page = desk.post("/desk/terms/evaluation/", typed(ServiceForm(service=service), **wrong))
    assert page.status_code == 422
    assert list(page.context["form"].errors) == list(wrong)
    service.refresh_from_db()
    assert service.minutes == 90


def test_of_two_colleagues_who_change_one_visit_the_second_is_told(desk: Client) -> None:
    service = Service.objects.get(code="evaluation")
    mine = typed(ServiceForm(service=service), minutes=60)
    values = {name: getattr(service, name) for name in ("name", "price_cents", "is_active")}
    set_service(
        service_id=service.pk,
        values={**values, "minutes": 75, "buffer_before_minutes": 0, "buffer_after_minutes": 15},
        seen=service_version(service),
        actor=SYSTEM,
    )
    page = desk.post("/desk/terms/evaluation/", mine)
    assert page.status_code == 409
    assert page.context["form"]["minutes"].value() == "60"
    assert b"It counts now: 75 minutes" in page.content


def test_an_unknown_service_is_not_found(desk: Client) -> None:
    assert desk.get("/desk/terms/nothing/").status_code == 404
