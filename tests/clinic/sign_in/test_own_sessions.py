"""Where one is signed in: listed in words, and ended one by one or all others at once."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models.audit import AuditEvent
from clinic.models.own_sessions import SignedIn
from clinic.models.people import User
from clinic.sign_in.own_sessions.devices import device_of
from tests.clinic.sign_in.test_sign_in import NEW_PASSWORD
from tests.factories import PASSWORD, make_patient, make_user
from tests.intake.checkins.test_checkin_pages import BORN

pytestmark = pytest.mark.django_db

PAGE = "staff_sessions"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1 Safari/604.1"

GALAXY = "Mozilla/5.0 (Linux; Android 15) SamsungBrowser/27.0 Chrome/125.0 Safari/537.36"


@pytest.fixture(autouse=True)
def no_counts_from_before() -> None:
    cache.clear()


@pytest.fixture
def manager() -> User:
    return make_user(email="desk@example.test", is_manager=True)


def browser(user: User, says: str = CHROME, address: str = "10.0.0.7") -> Client:
    """Return a client of this browser in which the user has signed in."""
    client = Client(headers={"user-agent": says}, REMOTE_ADDR=address)
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    return client


def listed(client: Client, page: str = PAGE) -> list[str]:
    """Return the text of each session on the page of one's own sessions."""
    found = re.findall(r"<li>.*?</li>", client.get(reverse(page)).content.decode(), re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in found if "Signed in" in one]


def row_of(client: Client) -> str:
    return str(client.session["signed_in"])


def end(client: Client, what: str, page: str = PAGE) -> int:
    return client.post(reverse(page), {"end": what}).status_code


@pytest.mark.parametrize(
    ("says", "device"),
    [
        (CHROME, ("Chrome", "Windows")),
        (CHROME + " Edg/131.0", ("Edge", "Windows")),
        (IPHONE, ("Safari", "iPhone")),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Firefox/133.0", ("Firefox", "Linux")),
        (GALAXY, ("Samsung Internet", "Android")),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605.1.15", ("Safari", "Mac")),
        ("curl/8.5", ("", "")),
        ("", ("", "")),
        ("\x00" * 90_000, ("", "")),
    ],
)
def test_a_browser_has_a_name(says: str, device: tuple[str, str]) -> None:
    assert device_of(says) == device


def test_each_device_is_listed_with_when_and_from_where(manager: User) -> None:
    with time_machine.travel("2027-02-01T14:00:00Z", tick=False) as clock:
        telephone = browser(manager, IPHONE, "203.0.113.9")
        clock.shift(timedelta(minutes=5))
        desk = browser(manager)
        clock.shift(timedelta(minutes=2))
        telephone.get(reverse("desk_day"))
        browser(make_user(email="other@example.test", is_manager=True))
        first, second = listed(desk)
    assert first.startswith("Chrome on Windows This one")
    assert second.startswith("Safari on iPhone Sign it out")
    assert "9:00 am" in second
    assert "9:07 am" in second
    assert "from 203.0.113.9" in second


def test_one_ends_and_the_others_go_on(manager: User) -> None:
    desk, telephone, tablet = (browser(manager) for _ in range(3))
    assert end(desk, row_of(telephone)) == 302
    assert telephone.get(reverse("desk_day"))["Location"].startswith(reverse("account_login"))
    assert telephone.session.is_empty()
    assert tablet.get(reverse("desk_day")).status_code == 200
    assert desk.get(reverse("desk_day")).status_code == 200
    assert len(listed(desk)) == 2
    assert AuditEvent.objects.filter(action="end own session").count() == 1


def test_all_others_end_also_those_that_are_not_listed(manager: User) -> None:
    desk, telephone = browser(manager), browser(manager)
    unlisted = Client()
    unlisted.force_login(manager)
    assert end(desk, "others") == 302
    for one in (telephone, unlisted):
        assert one.get(reverse("desk_day")).status_code == 302
    assert desk.get(reverse("desk_day")).status_code == 200
    assert len(listed(desk)) == 1


def test_nobody_ends_the_session_of_somebody_else(manager: User) -> None:
    other = browser(make_user(email="other@example.test", is_manager=True))
    for what in (row_of(browser(manager)), str(uuid4()), "", "x" * 5000):
        assert end(other, what) == 404
    assert SignedIn.objects.filter(ended_at__isnull=False).count() == 0


def test_a_session_that_is_over_is_not_listed(manager: User) -> None:
    desk, gone = browser(manager), browser(manager)
    gone.post(reverse("account_logout"))
    assert len(listed(desk)) == 1
    left_alone = browser(manager)
    assert len(listed(desk)) == 2
    for minutes, alive in ((14, 2), (16, 1)):
        with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
            desk.post(reverse("account_reauthenticate"), {"password": PASSWORD})
            assert len(listed(desk)) == alive
    assert row_of(left_alone)


def test_a_new_password_ends_the_others_on_the_list_too(manager: User) -> None:
    desk, telephone = browser(manager), browser(manager)
    new = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert desk.post(reverse("account_change_password"), new).status_code == 302
    assert telephone.get(reverse("desk_day")).status_code == 302
    assert len(listed(desk)) == 1


def test_the_database_holds_no_key_of_a_session(manager: User) -> None:
    desk = browser(manager)
    (row,) = SignedIn.objects.values_list()
    assert desk.cookies["sessionid"].value not in {str(one) for one in row}


def test_rows_older_than_a_month_are_gone_with_the_next_sign_in(manager: User) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=31)):
        browser(manager)
    browser(manager)
    assert SignedIn.objects.count() == 1


def test_staff_prove_again_who_they_are_before_they_see_or_end_any(manager: User) -> None:
    desk, telephone = browser(manager), browser(manager)
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        for answer in (desk.get(reverse(PAGE)), desk.post(reverse(PAGE), {"end": "others"})):
            assert "reauthenticate" in answer["Location"]
        assert telephone.get(reverse("desk_day")).status_code == 200


def test_a_patient_ends_her_own() -> None:
    user = make_user(email="patient@example.test", is_sample=False)
    make_patient(user=user)
    here, elsewhere = browser(user), browser(user, IPHONE)
    page = "patient_sessions"
    assert here.get(reverse(PAGE)).status_code == 403
    assert listed(here, page) == []
    here.post(reverse(page), BORN)
    assert len(listed(here, page)) == 2
    assert "Where you are signed in" in here.get(reverse("visits_home")).content.decode()
    assert end(here, row_of(elsewhere), page) == 302
    assert elsewhere.get(reverse("visits_home")).status_code == 302
    assert here.get(reverse("visits_home")).status_code == 200
