"""Moving a visit at the desk: nearest times, effects, mail, the pinboard, and two colleagues."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from booking.models import Appointment
from clinic.models.messages import Email
from clinic.practice.wall_time import clinic_date, instant
from tests.cast import Cast, client_for, make_cast
from tests.factories import make_appointment, make_enrollment, make_manager, make_referral
from tests.racing import race

pytestmark = pytest.mark.django_db
ZONE = "America/New_York"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def desk(cast: Cast) -> Client:
    return client_for(cast.manager)


def monday(weeks: int) -> datetime:
    """Return ten o'clock on the Monday that many weeks ahead of the machine's clock."""
    today = clinic_date(timezone.now(), "America/New_York")
    day = today + timedelta(days=7 * weeks - today.weekday())
    return instant(day, time(10), ZONE)


@pytest.fixture
def visit(cast: Cast) -> Appointment:
    return make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=monday(3))


def form_for(visit: Appointment, at: datetime, **fields: Any) -> dict[str, Any]:
    local = at.astimezone(ZoneInfo(ZONE))
    return {
        "rev": visit.rev,
        "clinician": visit.clinician_id,
        "day": f"{local:%Y-%m-%d}",
        "at": f"{local:%H:%M}",
        **fields,
    }


def path(visit: Appointment, what: str = "move") -> str:
    return f"/desk/appointment/{visit.pk}/{what}/"


def test_the_nearest_times_come_first_and_a_chosen_one_is_explained_before_it_is_done(
    desk: Client, visit: Appointment
) -> None:
    found = desk.get(path(visit)).context["found"]
    choices = [time for one in found.days for time in one.times]
    # Five working days around the visit's own Monday, and at most three times on each.
    assert len(found.days) == 5
    assert {len(one.times) for one in found.days} == {3}
    # The nearest to ten o'clock on each day: her own hour is taken on the day of the visit only.
    walls = {f"{one.starts_at.astimezone(ZoneInfo(ZONE)):%H:%M}" for one in choices}
    assert walls <= {"09:30", "09:45", "10:00", "10:15", "10:30"}
    assert visit.starts_at not in {one.starts_at for one in choices}
    seen = desk.get(path(visit), {"slot": choices[-1].value}).content.decode()
    for words in ("None: it is a single visit.", "nothing is charged", "A new one leaves"):
        assert words in seen
    assert "Speaks against it" not in seen
    visit.refresh_from_db()
    assert visit.rev == 0
    assert desk.post(path(visit), form_for(visit, choices[-1].starts_at)).status_code == 302
    visit.refresh_from_db()
    assert (visit.rev, visit.starts_at) == (1, choices[-1].starts_at)


def test_reasons_against_a_time_and_later_visits_are_named(cast: Cast, desk: Client) -> None:
    now = timezone.now()
    referral = make_referral(patient=cast.patient, now=now)
    enrollment = make_enrollment(patient=cast.patient, referral=referral, now=now)
    first, second, third = (
        make_appointment(
            patient=cast.patient,
            clinician=cast.clinician,
            starts_at=monday(week),
            service=f"rr{number}",
            enrollment=enrollment,
            visit_number=number,
        )
        for number, week in ((1, 2), (2, 3), (3, 4))
    )
    late = {"day": f"{monday(4) - timedelta(days=3):%Y-%m-%d}", "at": "10:00"}
    seen = desk.get(path(second), late).content.decode()
    assert "Visit 3 can be from" in seen
    assert "It stays where it is; move it next." in seen
    early = {"day": f"{monday(2) + timedelta(days=2):%Y-%m-%d}", "at": "10:00"}
    page = desk.get(path(second), early).content.decode()
    assert "Visit 2 can be from" in page
    assert "It needs a reason below." in page
    assert first.starts_at < third.starts_at


@pytest.mark.parametrize(("notify", "kinds"), [("y", {"moved"}), ("n", set())])
def test_the_patient_is_told_when_asked_for_and_reminded_either_way(
    desk: Client, visit: Appointment, notify: str, kinds: set[str]
) -> None:
    desk.post(path(visit), form_for(visit, monday(4), notify=notify))
    owed = set(Email.objects.filter(status="due").values_list("kind", flat=True))
    assert owed == kinds | {"reminder_48h", "reminder_24h"}


def test_a_visit_set_aside_holds_its_time_is_shown_and_leaves_the_pinboard_when_moved(
    cast: Cast, desk: Client, visit: Appointment
) -> None:
    answer = desk.post(path(visit, "aside"), {"rev": 0})
    day = desk.get(answer["Location"]).content.decode()
    assert "Set aside" in day
    assert re.search(r'class="appt aside"', day)
    make_manager(email="second@example.test")
    taken = form_for(visit, visit.starts_at)
    other = make_appointment(
        patient=cast.other_patient, clinician=cast.clinician, starts_at=monday(5)
    )
    assert desk.post(path(other), {**taken, "rev": 0}).status_code == 409
    assert desk.post(path(visit, "aside"), {"rev": 0, "back": "1"}).status_code == 302
    desk.post(path(visit, "aside"), {"rev": 0})
    desk.post(path(visit), form_for(visit, monday(6)))
    visit.refresh_from_db()
    assert (visit.set_aside_at, visit.starts_at) == (None, monday(6))


def test_the_second_of_two_colleagues_sees_both_versions(desk: Client, visit: Appointment) -> None:
    stale = form_for(visit, monday(5), early_reason="Her wish")
    assert desk.post(path(visit), form_for(visit, monday(4))).status_code == 302
    refused = desk.post(path(visit), stale)
    page = refused.content.decode()
    assert refused.status_code == 409
    assert "was changed since you opened the page" in page
    assert "It stands at" in page
    assert f'value="{stale["day"]}"' in page
    assert 'value="Her wish"' in page
    assert desk.post(path(visit, "aside"), {"rev": 0}).status_code == 409


@pytest.mark.django_db(transaction=True)
@pytest.mark.promises
def test_of_two_moves_at_once_one_is_made_and_one_is_told() -> None:
    cast = make_cast()
    second = make_manager(email="second@example.test", name="Second Desk")
    clients = [client_for(cast.manager), client_for(second)]
    visit = make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=monday(3))
    for number in range(5):
        visit.refresh_from_db()
        forms = [
            form_for(visit, monday(4 + number)),
            form_for(visit, monday(4 + number) + timedelta(hours=3)),
        ]

        def act(n: int, forms: list[dict[str, Any]] = forms) -> int:
            return clients[n].post(path(visit), forms[n]).status_code

        outcomes = race(2, act)
        assert sorted(outcomes) == [302, 409], outcomes
        before = visit.rev
        visit.refresh_from_db()
        assert visit.rev == before + 1
        won = forms[outcomes.index(302)]
        local = visit.starts_at.astimezone(ZoneInfo(ZONE))
        assert f"{local:%H:%M}" == won["at"]
    assert Email.objects.filter(kind="moved", status="due").count() == 1
    assert visit.starts_at > datetime.now(UTC)


def test_a_known_patient_is_named_on_the_telephone(cast: Cast, desk: Client) -> None:
    form = {"name": "Pat Again", "phone": cast.patient.phone, "born_on": "1992-05-04"}
    page = desk.post("/desk/patients/new/", form)
    assert page.status_code == 422
    assert f"/desk/patient/{cast.patient.pk}/" in page.content.decode()
    again = {**form, "anyway": "on", "compared": page.context["form"].compared}
    assert desk.post("/desk/patients/new/", again).status_code == 302
