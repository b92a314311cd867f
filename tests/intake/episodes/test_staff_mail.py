"""Mail to staff says how pressing it is, goes to who is there, and is not one for each event."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import transaction

from booking.models import Closure, OpeningHours
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.messages.delivery.sending import send_due
from clinic.models.messages import Email
from clinic.models.people import Clinician, User
from clinic.models.practice import WeeklyHours
from clinic.practice.working_time import OpenTime
from intake.concerns.tasks import close_task
from intake.episodes.staff_messages import (
    Grade,
    alarmed_at,
    counted_to,
    gathered_until,
    owe_staff_look,
    told_at,
)
from intake.intakes.sending import send_intake
from intake.models import Intake, Task, UrgentCall
from intake.urgent.escalation import escalate
from intake.urgent.promise import promised_call
from tests.factories import make_manager, make_offer, make_user
from tests.intake.review.reviewing import FEVERISH, TORN, actor, make_intake, make_row
from tests.racing import race

NEW_YORK = ZoneInfo("America/New_York")
MONDAY_TO_FRIDAY, TUESDAY_TO_SATURDAY = range(5), range(1, 6)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
HEALTH_WORDS = ("urgent", "pelvic", "patient", "answer", "fever", "birth", "review", "safety")


def at(text: str) -> datetime:
    """Read a wall time of the clinic: "2027-02-01 11:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)


def clinician(
    name: str, begins: int, ends: int = 17, weekdays: range = MONDAY_TO_FRIDAY
) -> Clinician:
    """Make a clinician who works on these weekdays between these hours."""
    user = make_user(email=f"{name.lower()}@example.test", name=name)
    row = Clinician.objects.create(user=user, name=name)
    OpeningHours.objects.bulk_create(
        OpeningHours(clinician=row, weekday=day, starts=time(begins), ends=time(ends))
        for day in weekdays
    )
    return row


@pytest.fixture
def people() -> dict[str, Clinician]:
    """Make a manager, Ann and Bea, who begin at eight, and Cleo, who begins at noon."""
    make_offer()
    make_manager()
    return {"Ann": clinician("Ann", 8), "Bea": clinician("Bea", 8), "Cleo": clinician("Cleo", 12)}


def close(begin: str, end: str, whose: Clinician | None = None) -> None:
    Closure.objects.create(starts_at=at(begin), ends_at=at(end), clinician=whose)


def names(users: Sequence[User]) -> list[str]:
    return sorted(user.name.split()[0] for user in users)


def red_form(now: datetime) -> None:
    """Let a red form come in, and owe staff the mail about it."""
    row = make_row(queue="red", due=now + 30 * HOUR, sent_at=now)
    owe_staff_look(about=f"intake:{row.pk}", rev=0, grade=Grade.READ, now=now)


def staff_mail(kind: str) -> list[tuple[str, str]]:
    """Return to whom mail of this kind is owed, and when it is due on the clinic's clock."""
    rows = Email.objects.filter(kind=kind).select_related("user").order_by("due_at", "user__name")
    return [
        (row.user.name.split()[0], f"{row.due_at.astimezone(NEW_YORK):%a %H:%M}")
        for row in rows
        if row.user is not None
    ]


def sent(now: datetime) -> list[EmailMultiAlternatives]:
    """Send what is due and return the mails to staff."""
    mail.outbox.clear()
    send_due(now=now)
    return [one for one in mail.outbox if not one.to[0].startswith("ina@")]


# --- Who is mailed ------------------------------------------------------------------------------


@pytest.mark.django_db
def test_who_is_told_alarmed_and_counted_to(people: dict[str, Clinician]) -> None:
    close("2027-02-02 00:00", "2027-02-07 00:00", people["Bea"])  # leave, Tuesday to Saturday
    close("2027-02-04 00:00", "2027-02-05 00:00", people["Ann"])
    close("2027-02-15 00:00", "2027-02-16 00:00")  # Presidents' Day, a Monday
    everybody = ["Ann", "Bea", "Cleo", "Mara"]
    for now, told, alarmed, counted in (
        ("2027-02-01 10:00", ["Ann", "Bea"], everybody, everybody),
        ("2027-02-02 10:00", ["Ann"], ["Ann", "Cleo", "Mara"], ["Ann", "Cleo", "Mara"]),
        # Who works alone is on leave: who begins next.
        ("2027-02-04 10:00", ["Cleo"], ["Cleo", "Mara"], ["Cleo", "Mara"]),
        # Saturday: who begins on Monday, but not in her leave.
        ("2027-02-06 10:00", ["Ann"], ["Ann", "Cleo", "Mara"], []),
        ("2027-02-07 10:00", ["Ann", "Bea"], everybody, []),
        # On a holiday all are away, so it goes to everybody.
        ("2027-02-15 10:00", everybody, everybody, []),
    ):
        moment = at(now)
        opens = now != "2027-02-15 10:00" and moment.astimezone(NEW_YORK).weekday() < 5
        assert names(told_at(moment)) == told, now
        assert names(alarmed_at(moment)) == alarmed, now
        assert names(counted_to(moment, clinic_opens_today=opens)) == counted, now


@pytest.mark.django_db
def test_without_anybody_on_duty_it_is_all_clinicians_and_the_manager(
    people: dict[str, Clinician],
) -> None:
    OpeningHours.objects.all().delete()
    everybody = ["Ann", "Bea", "Cleo", "Mara"]
    moment = at("2027-02-01 10:00")
    assert names(told_at(moment)) == everybody
    assert names(counted_to(moment, clinic_opens_today=True)) == everybody


@pytest.mark.django_db
def test_on_thanksgiving_everybody_is_mailed_and_the_call_is_due_on_friday(
    people: dict[str, Clinician],
) -> None:
    close("2027-11-25 00:00", "2027-11-26 00:00")
    make_intake(now=at("2027-11-25 10:00"), send=False, **FEVERISH)
    assert UrgentCall.objects.get().due_at == at("2027-11-26 08:15")
    assert staff_mail("call_now") == [
        (name, "Thu 10:00") for name in ("Ann", "Bea", "Cleo", "Mara")
    ]


@pytest.mark.django_db
@pytest.mark.promises
@pytest.mark.parametrize(
    ("answered", "due", "told", "mailed"),
    [
        # Open, and Bea is on leave: Ann works, Cleo comes at noon.
        ("2027-02-09 10:00", datetime(2027, 2, 9, 17, 0, tzinfo=UTC), "Tuesday, February 9", "Ann"),
        # Presidents' Day, a Monday: closed on it anyway. Who begins next is not Bea.
        ("2027-02-15 10:00", datetime(2027, 2, 16, 14, 15, tzinfo=UTC), "February 16", "Ann"),
        # A holiday on a Saturday, for everybody: all are away, so all are mailed.
        ("2027-12-25 10:00", datetime(2027, 12, 28, 14, 15, tzinfo=UTC), "December 28", "all"),
        # Saturday before clocks go forward, a quarter of an hour before closing.
        ("2027-03-13 15:45", datetime(2027, 3, 16, 13, 15, tzinfo=UTC), "Tuesday, March 16", "Ann"),
        # Half an hour is enough: at closing, on the old clock.
        ("2027-03-13 15:30", datetime(2027, 3, 13, 21, 0, tzinfo=UTC), "Saturday, March 13", "Ann"),
        # In the night in which an hour is missing, and in that in which one comes twice.
        ("2027-03-14 03:00", datetime(2027, 3, 16, 13, 15, tzinfo=UTC), "Tuesday, March 16", "Ann"),
        ("2027-11-07 01:30", datetime(2027, 11, 9, 14, 15, tzinfo=UTC), "November 9", "Ann"),
        ("2027-11-06 15:45", datetime(2027, 11, 9, 14, 15, tzinfo=UTC), "November 9", "Ann"),
    ],
)
def test_an_urgent_answer_under_hours_from_tuesday_to_saturday(
    answered: str, due: datetime, told: str, mailed: str
) -> None:
    """When the call is due, which day she is told, and who is mailed at once."""
    make_offer()
    make_manager()
    WeeklyHours.objects.bulk_create(
        WeeklyHours(weekday=day, starts=time(9), ends=time(16)) for day in TUESDAY_TO_SATURDAY
    )
    staff = {
        name: clinician(name, begins, 16, TUESDAY_TO_SATURDAY)
        for name, begins in (("Ann", 9), ("Bea", 9), ("Cleo", 12))
    }
    for day in ("2027-02-09", "2027-02-16", "2027-03-13", "2027-03-16", "2027-11-06", "2027-11-09"):
        close(f"{day} 00:00", f"{day} 23:59", staff["Bea"])
    for first, last in (("2027-02-15", "2027-02-16"), ("2027-12-25", "2027-12-26")):
        close(f"{first} 00:00", f"{last} 00:00")
    # On Saturdays before closing only Ann is still there.
    for day in ("2027-03-13", "2027-11-06"):
        close(f"{day} 15:00", f"{day} 16:00", staff["Cleo"])
    now = at(answered)
    form = make_intake(now=now, send=False, **FEVERISH)
    assert UrgentCall.objects.get().due_at == due
    assert Task.objects.get().due_at == due
    call = promised_call(form.patient_id, now=now)
    assert call is not None
    assert told in call.words
    to = sorted(one.to[0] for one in sent(now))
    everybody = [
        "ann@example.test",
        "bea@example.test",
        "cleo@example.test",
        "manager@example.test",
    ]
    assert to == (everybody if mailed == "all" else ["ann@example.test"])


# --- When, and what it says ---------------------------------------------------------------------


@pytest.mark.django_db
def test_a_call_is_mailed_at_once_and_says_only_that_it_is_one(
    people: dict[str, Clinician],
) -> None:
    now = at("2027-02-01 09:10")
    make_intake(now=now, send=False, **FEVERISH)
    mails = sent(now)
    assert sorted(one.to[0] for one in mails) == ["ann@example.test", "bea@example.test"]
    for one in mails:
        text = f"{one.subject} {one.body}"
        assert one.subject == "Ell Pond: please call now"
        assert "1 call to make now." in text
        assert "/review/tasks/?tab=calls" in text
        assert not [word for word in HEALTH_WORDS if f" {word}" in text.lower()]


@pytest.mark.django_db
def test_a_second_answer_minutes_later_is_mailed_at_once_too(
    people: dict[str, Clinician],
) -> None:
    for minute in (0, 4):
        now = at(f"2027-02-01 09:1{minute}")
        make_intake(now=now, send=False, name=f"Ina {minute}", **FEVERISH)
        mails = sent(now)
        assert len(mails) == 2, minute
    assert "2 calls to make now." in mails[0].body


@pytest.mark.django_db
def test_after_an_outage_each_gets_one_mail_that_counts_all(people: dict[str, Clinician]) -> None:
    for minute in range(3):
        now = at(f"2027-02-01 09:1{minute}")
        make_intake(now=now, send=False, name=f"Ina {minute}", **FEVERISH)
    mails = sent(at("2027-02-01 09:45"))
    assert sorted(one.to[0] for one in mails) == ["ann@example.test", "bea@example.test"]
    assert "3 calls to make now." in mails[0].body
    assert Email.objects.filter(kind="call_now", reason="superseded").count() == 4


@pytest.mark.django_db
def test_a_call_that_was_made_meanwhile_is_not_mailed(people: dict[str, Clinician]) -> None:
    now = at("2027-02-01 09:10")
    make_intake(now=now, send=False, **FEVERISH)
    user = people["Ann"].user
    assert user is not None
    close_task(
        task_id=Task.objects.get().pk,
        outcome="seen",
        note="",
        by=user,
        context=Context(actor(user), now),
    )
    assert sent(now) == []
    assert set(Email.objects.filter(kind="call_now").values_list("reason", flat=True)) == {
        "recorded"
    }


@pytest.mark.django_db
def test_what_is_to_be_read_is_gathered_and_says_until_when(people: dict[str, Clinician]) -> None:
    for text in ("09:01", "09:20", "09:29"):
        make_intake(now=at(f"2027-02-01 {text}"), name=f"Ina {text}", **TORN)
    assert staff_mail("read_by") == [("Ann", "Mon 09:30"), ("Bea", "Mon 09:30")]
    assert sent(at("2027-02-01 09:29")) == []
    mails = sent(at("2027-02-01 09:30"))
    assert [one.subject for one in mails] == [
        "Ell Pond: please read by tomorrow 5 pm (Tuesday)"
    ] * 2
    assert "3 forms to read." in mails[0].body
    text = f"{mails[0].subject} {mails[0].body}".lower()
    assert not [word for word in HEALTH_WORDS if f" {word}" in text]


@pytest.mark.django_db
def test_outside_clinic_hours_reading_waits_until_the_clinic_opens(
    people: dict[str, Clinician],
) -> None:
    for text in ("2027-02-05 16:45", "2027-02-06 11:00", "2027-02-07 23:00"):
        red_form(at(text))
    assert staff_mail("read_by") == [("Ann", "Mon 08:00"), ("Bea", "Mon 08:00")]


@pytest.mark.django_db
def test_what_was_read_or_is_overdue_is_not_called_new(people: dict[str, Clinician]) -> None:
    red_form(at("2027-02-01 09:01"))
    Intake.objects.update(review_due_at=at("2027-02-01 09:15"))
    (one, _) = sent(at("2027-02-01 09:30"))
    assert one.subject == "Ell Pond: please read now"
    red_form(at("2027-02-01 10:01"))
    Intake.objects.update(decided_at=at("2027-02-01 10:10"))
    assert sent(at("2027-02-01 10:30")) == []
    assert Email.objects.filter(kind="read_by", reason="nothing_waits").count() == 2


@pytest.mark.django_db
def test_who_may_not_sign_in_any_more_is_mailed_nothing(people: dict[str, Clinician]) -> None:
    red_form(at("2027-02-01 09:01"))
    make_intake(now=at("2027-02-01 09:02"), send=False, **FEVERISH)
    User.objects.filter(name="Ann").update(is_active=False)
    Clinician.objects.filter(name="Bea").update(is_active=False)
    assert sent(at("2027-02-01 09:30")) == []
    assert set(Email.objects.exclude(user=None).values_list("reason", flat=True)) == {"no_access"}


OPEN = [(at(f"2027-02-0{day} 08:10"), at(f"2027-02-0{day} 17:00")) for day in (1, 2)]


@pytest.mark.parametrize(
    ("now", "due", "mailed"),
    [
        ("2027-02-01 09:00", None, "2027-02-01 09:30"),  # strictly later
        ("2027-02-01 09:29", None, "2027-02-01 09:30"),
        ("2027-02-01 16:29", None, "2027-02-01 16:30"),
        ("2027-02-01 16:31", None, "2027-02-02 08:30"),  # the clinic closes at five
        ("2027-02-01 06:00", None, "2027-02-01 08:30"),
        ("2027-02-01 20:00", "2027-02-02 17:00", "2027-02-02 08:30"),
        # A visit at nine: due before anybody could read it.
        ("2027-02-01 20:00", "2027-02-02 09:00", "2027-02-01 20:30"),
        ("2027-02-02 20:00", None, "2027-02-02 20:30"),  # it does not open again
    ],
)
def test_half_hours_within_clinic_hours(now: str, due: str | None, mailed: str) -> None:
    open_times: list[OpenTime] = OPEN
    found = gathered_until(at(now), open_times, due_at=at(due) if due else None)
    assert found == at(mailed)


@pytest.mark.django_db
@pytest.mark.promises
def test_what_comes_after_the_mail_has_gone_is_in_the_next_one(
    people: dict[str, Clinician],
) -> None:
    red_form(at("2027-02-01 09:10"))
    assert len(sent(at("2027-02-01 09:30"))) == 2
    # It began before half past nine and is stored after the mail went.
    red_form(at("2027-02-01 09:29"))
    assert staff_mail("read_by") == [
        ("Ann", "Mon 09:30"),
        ("Bea", "Mon 09:30"),
        ("Ann", "Mon 10:00"),
        ("Bea", "Mon 10:00"),
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.promises
def test_forms_sent_at_once_owe_each_person_one_mail(people: dict[str, Clinician]) -> None:
    due = at("2027-02-02 17:00")
    with transaction.atomic():
        forms = [make_row(queue="red", due=due, name=f"R {number}") for number in range(4)]

    def act(number: int) -> None:
        send_by_staff(forms[number])

    results = race(4, act)
    assert not [one for one in results if isinstance(one, Exception)]
    assert staff_mail("read_by") == [("Ann", "Mon 09:30"), ("Bea", "Mon 09:30")]


def send_by_staff(row: Intake) -> None:
    with transaction.atomic():
        owe_staff_look(
            about=f"intake:{row.pk}", rev=0, grade=Grade.READ, now=at("2027-02-01 09:05")
        )


# --- How much it is -----------------------------------------------------------------------------

RED = """
    01 08:20, 01 08:25, 01 09:10, 01 10:05, 01 11:40, 01 14:00, 01 14:20,
    02 09:00, 02 09:05, 02 09:50, 02 16:50, 02 19:30, 03 10:00, 03 10:10, 03 10:20, 03 21:00,
    05 12:30, 05 13:00, 05 16:45, 07 11:00, 07 12:00, 07 15:00
"""
URGENT = """
    01 09:30, 02 11:00, 03 15:00, 04 10:00, 04 10:10, 05 16:50, 06 14:00, 07 12:40
"""


@pytest.mark.django_db
def test_a_week_of_38_events_makes_48_mails_and_a_count_each_morning(
    people: dict[str, Clinician],
) -> None:
    """22 red forms, 8 urgent answers and the sending of their forms, Monday to Sunday.

    A mail to everybody who has hours that day, or outside of them to all four, made 123.
    """
    for text in RED.split(","):
        red_form(at(f"2027-02-{text.strip()}"))
    for text in URGENT.split(","):
        now = at(f"2027-02-{text.strip()}")
        form = make_intake(now=now, send=False, name=f"Ina {text}", **FEVERISH)
        send_intake(intake_id=form.pk, context=Context(SYSTEM, now + 5 * MINUTE))
    calls, reading = staff_mail("call_now"), staff_mail("read_by")
    assert len(calls) == 18
    assert len(reading) == 30
    assert reading[-2:] == [("Ann", "Mon 08:00"), ("Bea", "Mon 08:00")]
    assert not [name for name, _ in calls + reading if name == "Mara"]
    # The counts: on the five days on which the clinic opens and something waits, to all four.
    for day in range(1, 9):
        escalate_counts_only(at(f"2027-02-0{day} 08:00"))
    assert len(staff_mail("waiting_counts")) == 5 * 4
    assert {day for _, day in staff_mail("waiting_counts")} == {
        f"{day} 08:00" for day in ("Mon", "Tue", "Wed", "Thu", "Fri")
    }


def escalate_counts_only(now: datetime) -> None:
    """Run the escalation as if every call was made in time."""
    due = list(Task.objects.values_list("pk", "due_at"))
    Task.objects.update(due_at=now + HOUR)
    escalate(now=now)
    for key, due_at in due:
        Task.objects.filter(pk=key).update(due_at=due_at)
