"""Overdue calls: the alarm at the due time, then each mail once, whatever else is broken."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from hypothesis import given
from hypothesis import strategies as st

from booking.models import Closure
from clinic.audit.context import Context
from clinic.database.clock import database_now
from clinic.messages.delivery.sending import send_due
from clinic.models.messages import Email
from clinic.operations.periodic import run
from clinic.practice.working_time import OpenTime
from intake.concerns.tasks import close_task
from intake.episodes.staff_counts import staff_counts_at
from intake.episodes.staff_messages import OVERDUE_CALL, WAITING_COUNTS
from intake.models import UrgentCall
from intake.urgent.escalation import escalate
from intake.urgent.escalation_times import is_mail_owed, mails_by
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_clinician
from tests.intake.review.reviewing import FEVERISH, actor, make_intake, make_row
from tests.racing import race

ZONE = "America/New_York"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
HEALTH_WORDS = (
    "urgent",
    "pelvic",
    "patient",
    "answer",
    "fever",
    "birth",
    "review",
    "red",
    "safety",
)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def at(text: str) -> datetime:
    """Read a wall time of the clinic: "2027-02-01 11:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


# Due time, then (moment, number of mails that should have been sent by then).
LADDERS: list[tuple[str, list[tuple[str, int]]]] = [
    (  # a Monday
        "2027-02-01 11:00",
        [
            ("2027-02-01 10:59", 0),
            ("2027-02-01 11:00", 0),
            ("2027-02-01 11:59", 0),
            ("2027-02-01 12:00", 1),
            ("2027-02-01 12:59", 1),
            ("2027-02-01 13:00", 2),
            ("2027-02-01 16:59", 5),
            ("2027-02-01 17:00", 6),
        ],
    ),
    (  # overnight: no more until the clinic's next hour is full
        "2027-02-01 15:30",
        [
            ("2027-02-01 16:30", 1),
            ("2027-02-01 23:00", 1),
            ("2027-02-02 08:29", 1),
            ("2027-02-02 08:30", 2),
        ],
    ),
    (  # due late on a Friday: the first mail goes although the clinic has closed
        "2027-02-05 16:30",
        [
            ("2027-02-05 17:29", 0),
            ("2027-02-05 17:30", 1),
            ("2027-02-07 12:00", 1),
            ("2027-02-08 08:59", 1),
            ("2027-02-08 09:00", 2),
        ],
    ),
    (  # before Presidents' Day, Monday, February 15
        "2027-02-12 16:00",
        [("2027-02-12 17:00", 1), ("2027-02-15 12:00", 1), ("2027-02-16 09:00", 2)],
    ),
    (  # over the night that skips an hour, Sunday, March 14
        "2027-03-12 16:00",
        [("2027-03-12 17:00", 1), ("2027-03-15 08:59", 1), ("2027-03-15 09:00", 2)],
    ),
    (  # over the night that has an hour twice, Sunday, November 7
        "2027-11-05 16:00",
        [("2027-11-05 17:00", 1), ("2027-11-08 08:59", 1), ("2027-11-08 09:00", 2)],
    ),
]


def weekdays(first: str, last: str, *, without: str = "") -> list[OpenTime]:
    """Return 8:00 to 17:00 on each Monday to Friday between two dates, but for one."""
    day, days = date.fromisoformat(first), []
    while day <= date.fromisoformat(last):
        if day.weekday() < 5 and day.isoformat() != without:
            days.append((at(f"{day} 08:00"), at(f"{day} 17:00")))
        day += timedelta(days=1)
    return days


# Presidents' Day is a Monday.
OPEN_TIMES = weekdays("2027-01-29", "2027-11-12", without="2027-02-15")


@pytest.mark.parametrize(("due", "steps"), LADDERS, ids=lambda value: str(value)[:16])
def test_an_hour_after_due_then_each_clinic_hour(due: str, steps: list[tuple[str, int]]) -> None:
    found = [mails_by(at(due), at(when), OPEN_TIMES) for when, _ in steps]
    assert found == [number for _, number in steps]


@given(
    minutes=st.lists(st.integers(0, 60 * 24 * 14), min_size=1, max_size=30),
    dues=st.lists(st.integers(0, 60 * 24 * 7), min_size=1, max_size=4),
)
def test_however_often_it_runs_no_two_mails_come_within_half_an_hour(
    minutes: list[int], dues: list[int]
) -> None:
    half_an_hour = 30 * MINUTE
    sent: list[datetime] = []
    due_at = [NOW + due * MINUTE for due in dues]
    for minute in sorted(minutes):
        now = NOW + minute * MINUTE
        overdue = [due for due in due_at if due <= now]
        if is_mail_owed(
            overdue,
            now,
            last_at=sent[-1] if sent else None,
            gap=half_an_hour,
            open_times=OPEN_TIMES,
        ):
            sent.append(now)
        # A call that is overdue for so long was in a mail since.
        late = [due for due in overdue if now >= due + HOUR + half_an_hour]
        assert all(sent and sent[-1] >= due for due in late)
    assert all(later - earlier >= half_an_hour for earlier, later in pairwise(sent))


def overdue_mails() -> int:
    return Email.objects.filter(kind=OVERDUE_CALL).count()


@pytest.mark.django_db
@pytest.mark.promises
def test_every_clinician_and_manager_is_mailed_until_there_is_an_outcome(cast: Cast) -> None:
    make_intake(now=NOW, **FEVERISH)
    call = UrgentCall.objects.get()
    assert call.due_at == NOW + 2 * HOUR
    people = 2  # the clinician and the manager
    for after, mails in ((0, 0), (59, 0), (60, 1), (61, 1), (119, 1), (120, 2), (300, 3)):
        escalate(now=call.due_at + after * MINUTE)
        assert overdue_mails() == mails * people, after
    close_task(
        task_id=call.task_id,
        outcome="seen",
        note="",
        by=cast.manager,
        context=Context(actor(cast.manager), call.due_at + 301 * MINUTE),
    )
    escalate(now=call.due_at + timedelta(days=2))
    assert overdue_mails() == 3 * people
    mail.outbox.clear()
    send_due(now=call.due_at + timedelta(days=2))
    assert not [sent for sent in mail.outbox if "a call is overdue" in sent.subject]


@pytest.mark.django_db
def test_after_an_outage_one_mail_goes_to_each_not_a_pile(cast: Cast) -> None:
    make_intake(now=NOW, **FEVERISH)
    due = UrgentCall.objects.get().due_at
    for hours in (1, 2, 3):
        escalate(now=due + hours * HOUR)
    mail.outbox.clear()
    send_due(now=due + 3 * HOUR)
    told = [sent for sent in mail.outbox if "a call is overdue" in sent.subject]
    assert sorted(sent.to[0] for sent in told) == ["clinician@example.test", "manager@example.test"]
    for sent in told:
        text = f"{sent.subject} {sent.body}".lower()
        assert not [word for word in HEALTH_WORDS if f" {word}" in text]
        assert "/review/tasks/?tab=calls" in text


@pytest.mark.django_db
@pytest.mark.promises
def test_a_holiday_in_the_clinics_calendar_adds_no_mail(cast: Cast) -> None:
    Closure.objects.create(starts_at=at("2027-02-02 00:00"), ends_at=at("2027-02-03 00:00"))
    make_intake(now=at("2027-02-01 13:00"), **FEVERISH)
    escalate(now=at("2027-02-01 16:00"))
    escalate(now=at("2027-02-02 15:00"))
    assert overdue_mails() == 4  # 16:00 is the first; at 17:00 the second would be due
    escalate(now=at("2027-02-03 08:59"))
    assert overdue_mails() == 4
    escalate(now=at("2027-02-03 09:00"))
    assert overdue_mails() == 6


@pytest.mark.django_db(transaction=True)
@pytest.mark.promises
def test_two_clocks_at_once_owe_each_mail_once(cast: Cast) -> None:
    make_intake(now=NOW, **FEVERISH)
    due = UrgentCall.objects.get().due_at
    results = race(4, lambda number: escalate(now=due + HOUR))
    assert not [result for result in results if isinstance(result, Exception)]
    assert overdue_mails() == 2
    results = race(4, lambda number: escalate(now=due + timedelta(days=1)))
    assert not [result for result in results if isinstance(result, Exception)]
    assert Email.objects.filter(kind=WAITING_COUNTS).count() == 2  # one for each person


@pytest.mark.django_db
@pytest.mark.promises
def test_the_counts_go_at_eight_once_a_day_if_something_waits_and_somebody_works(
    cast: Cast,
) -> None:
    escalate(now=at("2027-02-01 09:00"))
    make_row(queue="red", due=at("2027-02-01 17:00"), sent_at=at("2027-02-01 08:30"))
    escalate(now=at("2027-02-01 10:00"))
    escalate(now=at("2027-02-02 07:59"))
    assert not Email.objects.filter(kind=WAITING_COUNTS).exists()
    for when in ("2027-02-02 08:00", "2027-02-02 08:01", "2027-02-02 23:00"):
        escalate(now=at(when))
    rows = Email.objects.filter(kind=WAITING_COUNTS)
    assert {row.user for row in rows} == {cast.manager, cast.clinician.user}
    assert {row.due_at for row in rows} == {at("2027-02-02 08:00")}
    mail.outbox.clear()
    send_due(now=at("2027-02-02 08:01"))
    sent, _ = mail.outbox
    assert "To look at: 1, of them overdue: 1" in sent.body
    assert "To call: 0, of them overdue: 0" in sent.body
    text = f"{sent.subject} {sent.body}".lower()
    assert not [word for word in HEALTH_WORDS if f" {word}" in text]
    # None on Saturday and Sunday, on which the clocks change; then on Monday.
    for day, mails in (("03-13", 2), ("03-14", 2), ("03-15", 4), ("11-07", 4), ("11-08", 6)):
        escalate(now=at(f"2027-{day} 08:00"))
        assert Email.objects.filter(kind=WAITING_COUNTS).count() == mails, day


@pytest.mark.django_db
def test_of_several_overdue_calls_each_person_gets_one_mail_that_counts_them(cast: Cast) -> None:
    for minute in (0, 10, 50):
        make_intake(now=at(f"2027-02-01 09:{minute:02}"), name=f"Ina {minute}", **FEVERISH)
    # Due at 11:00, 11:10 and 11:50; each is to be mailed about an hour later and hourly then.
    for when, owed in (
        ("12:00", 2),
        ("12:10", 2),  # the second was in the mail of 12:00
        ("12:29", 2),
        ("12:30", 4),
        ("12:50", 4),
        ("13:00", 6),
    ):
        escalate(now=at(f"2027-02-01 {when}"))
        assert overdue_mails() == owed, when
    mail.outbox.clear()
    send_due(now=at("2027-02-01 13:00"))
    told = [one for one in mail.outbox if "overdue" in one.subject]
    assert [one.subject for one in told] == ["Ell Pond: 3 calls are overdue"] * 2


@pytest.mark.django_db
def test_who_is_on_leave_gets_no_mail_about_an_overdue_call(cast: Cast) -> None:
    other = make_clinician(email="other-clinician@example.test", name="Dr. Other")
    day = {"starts_at": at("2027-02-01 00:00"), "ends_at": at("2027-02-02 00:00")}
    Closure.objects.create(clinician=cast.clinician, **day)
    make_intake(now=NOW, **FEVERISH)
    escalate(now=NOW + 3 * HOUR)
    people = set(Email.objects.filter(kind=OVERDUE_CALL).values_list("user", flat=True))
    assert people == {other.user_id, cast.manager.pk}
    # With everybody away it goes to everybody.
    Closure.objects.create(clinician=other, **day)
    Email.objects.all().delete()
    escalate(now=NOW + 3 * HOUR)
    assert Email.objects.filter(kind=OVERDUE_CALL).count() == 3


@pytest.mark.django_db
def test_what_is_due_now_is_overdue_now() -> None:
    make_row(queue="red", due=NOW)
    assert staff_counts_at(NOW).reviews_overdue == 1
    assert staff_counts_at(NOW - MINUTE).reviews_overdue == 0


@pytest.mark.django_db
def test_the_alarm_stands_on_every_staff_page_with_mail_and_broker_down(
    cast: Cast, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "clinic.messages.delivery.smtp.SmtpBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    long_ago = database_now() - timedelta(days=4)
    make_row(queue="red", due=long_ago, name="Red Before")
    urgent = make_intake(now=long_ago, **FEVERISH)
    run("escalate")
    run("send_due")
    assert not Email.objects.filter(status="sent").exists()
    clinician, manager = client_for(cast.clinician.user), client_for(cast.manager)
    for client, path in (
        (clinician, "/review/"),
        (clinician, "/review/tasks/"),
        (clinician, f"/review/{urgent.pk}/"),
        (manager, "/review/tasks/"),
        (manager, "/desk/"),
        (manager, "/desk/patients/"),
        (manager, "/desk/mail/"),
    ):
        page = client.get(path, follow=True).content.decode()
        bar = page.split('class="who"')[1].split("</header>")[0]
        assert "1 urgent call overdue" in bar, path
        assert "chip is-urgent" in bar, path
    queue = clinician.get("/review/").content.decode()
    assert queue.index("I.E.") < queue.index("R.B.")
