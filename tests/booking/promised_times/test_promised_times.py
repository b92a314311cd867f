"""The clock law changes after visits were booked: each keeps the wall time that was promised."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from icalendar import Calendar

from booking.models import Appointment, Closure, ExtraOpening, SlotOffer
from booking.opening_hours.actions import close, open_extra
from booking.promised_times.actions import (
    PutBack,
    promise_shown_time,
    remind_by_todays_clock,
    restore_promised_times,
)
from booking.promised_times.queries import (
    is_zone_chosen,
    unchecked_promises,
    visits_at_another_time,
    with_reasons,
)
from booking.reminders.actions import owe_confirmation
from booking.waitlist.actions import offer_free_times
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.messages.delivery.sending import send_due
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email
from tests.booking.promised_times.clock_law import AFTER, BEFORE, FOLDER, VANCOUVER, law_of, utc
from tests.booking.waitlist.test_waitlist import wish
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_appointment, make_referral

pytestmark = [pytest.mark.django_db, pytest.mark.promises]

CONTEXT = Context(SYSTEM, NOW)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# Tuesday, February 9, 2027, 9:30 in Vancouver: as promised before the law changed, and after.
HALF_PAST_NINE, NOW_HALF_PAST_NINE = utc(2027, 2, 9, 17, 30), utc(2027, 2, 9, 16, 30)


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Iterator[None]:
    settings.CLINIC_TIME_ZONE = VANCOUVER
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def booked(cast: Cast, starts_at: datetime = HALF_PAST_NINE, **more: Any) -> Appointment:
    """Book a visit under the former law, by default of the patient with the clinician."""
    with law_of(BEFORE):
        people = {"patient": cast.patient, "clinician": cast.clinician, **more}
        visit = make_appointment(starts_at=starts_at, **people)
        owe_confirmation(visit, now=NOW)
    return visit


def send(now: datetime) -> list[Any]:
    """Run the sender; return the mails that it sent."""
    mail.outbox.clear()
    send_due(now=now)
    return list(mail.outbox)


def starts(*visits: Appointment) -> list[datetime]:
    for visit in visits:
        visit.refresh_from_db()
    return [visit.starts_at for visit in visits]


def reasons(visit: Appointment) -> list[str]:
    (one,) = with_reasons([visits_at_another_time(NOW).get(pk=visit.pk)], NOW)
    return [reason.code for reason in one.reasons]


def test_a_visit_keeps_what_was_promised_beside_its_instant(cast):
    visit = booked(cast)
    visit.refresh_from_db()
    assert visit.promised_start == datetime(2027, 2, 9, 9, 30)  # noqa: DTZ001 a wall time
    assert (visit.start_offset, visit.promised_zone) == (-8 * 3600, "America/Vancouver")
    with law_of(AFTER):
        # Saved for another reason, the promise stays as it was.
        visit.early_reason = "asked for it"
        visit.save()
        visit.refresh_from_db()
        assert (visit.promised_start.hour, visit.start_offset) == (9, -8 * 3600)
        # Another time is another promise.
        visit.starts_at, visit.ends_at = visit.starts_at + HOUR, visit.ends_at + HOUR
        visit.busy_until = visit.ends_at + HOUR
        visit.save()
        visit.refresh_from_db()
        assert (visit.promised_start.hour, visit.start_offset) == (11, -7 * 3600)


def test_the_database_refuses_an_instant_without_its_promise(cast):
    visit = booked(cast)
    rows = Appointment.objects.filter(pk=visit.pk)
    for change in ({"starts_at": HALF_PAST_NINE + MINUTE}, {"start_offset": -7 * 3600}):
        with pytest.raises(IntegrityError, match="appointment_promise"), transaction.atomic():
            rows.update(**change)


def test_only_what_the_new_law_reads_otherwise_is_on_the_list(cast):
    winter, summer = booked(cast), booked(cast, utc(2027, 6, 8, 16, 30))
    last, first = booked(cast, utc(2027, 3, 12, 17, 30)), booked(cast, utc(2027, 3, 15, 16, 30))
    over = booked(cast, NOW - DAY)
    with law_of(BEFORE):
        assert not visits_at_another_time(NOW).exists()
    with law_of(AFTER):
        found = set(visits_at_another_time(NOW))
    # The clocks went forward on March 14 under the former law, and have been there since.
    assert found == {winter, last}
    assert not found & {summer, first, over}


def test_one_press_puts_the_visits_back_plans_reminders_and_mails_each_patient_once(cast):
    two = [booked(cast), booked(cast, HALF_PAST_NINE + DAY)]
    other = booked(cast, HALF_PAST_NINE + 3 * HOUR, patient=cast.other_patient)
    send(NOW)
    with law_of(AFTER):
        assert restore_promised_times(context=CONTEXT) == PutBack(visits=3, periods=0)
        back = [NOW_HALF_PAST_NINE, NOW_HALF_PAST_NINE + DAY, NOW_HALF_PAST_NINE + 3 * HOUR]
        assert starts(*two, other) == back
        assert [one.promised_start.hour for one in (*two, other)] == [9, 9, 12]
        assert [one.rev for one in (*two, other)] == [1, 1, 1]
        # Two days and one before, at 9:30 again; those of the former times are withdrawn.
        due = Email.objects.filter(about=f"appointment:{two[0].pk}", status="due")
        assert sorted(due.values_list("kind", "due_at")) == [
            ("reminder_24h", utc(2027, 2, 8, 16, 30)),
            ("reminder_48h", utc(2027, 2, 7, 16, 30)),
        ]
        # Pressed again, nothing more is done.
        assert restore_promised_times(context=CONTEXT) == PutBack(0, 0)
        mails = sorted(send(NOW + 5 * MINUTE), key=lambda one: one.to)
    assert [one.to for one in mails] == [["other@example.test"], ["patient@example.test"]]
    assert mails[0].subject.endswith("your appointment stays on Tuesday, February 9, 12:30 pm MST")
    assert "stay at their times, the next on Tuesday, February 9, 9:30 am MST" in mails[1].subject
    assert "You come at the time you know." in mails[1].body
    (file,) = mails[1].attachments
    events = Calendar.from_ical(file[1]).walk("VEVENT")
    assert [(one["SEQUENCE"], one["DTSTART"].dt) for one in events] == [
        (1, NOW_HALF_PAST_NINE),
        (1, NOW_HALF_PAST_NINE + DAY),
    ]
    assert send(NOW + 10 * MINUTE) == []
    assert AuditEvent.objects.filter(action="put back to promised time").count() == 3


def test_a_confirmation_that_waits_goes_with_the_promised_time_and_nothing_else(cast):
    booked(cast)
    with law_of(AFTER):
        restore_promised_times(context=CONTEXT)
        (sent,) = send(NOW + 5 * MINUTE)
    assert sent.subject.endswith("your appointment on Tuesday, February 9, 9:30 am MST")


def test_no_reminder_says_another_time_than_was_promised(cast):
    visit = booked(cast)
    send(NOW)
    with law_of(AFTER):
        assert send(utc(2027, 2, 7, 17, 30)) == []
        row = Email.objects.get(kind="reminder_48h", about=f"appointment:{visit.pk}")
        assert (row.status, row.reason) == ("skipped", "clock_law")
        restore_promised_times(context=Context(SYSTEM, utc(2027, 2, 7, 18)))
        assert [one.subject for one in send(utc(2027, 2, 7, 18, 5))] == [
            "Ell Pond: your appointment stays on Tuesday, February 9, 9:30 am MST"
        ]
        (reminder,) = send(utc(2027, 2, 8, 16, 30))
        assert reminder.subject.endswith("see you on Tuesday, February 9, 9:30 am MST")


def test_visits_that_follow_each_other_all_go_back(cast):
    # An evaluation takes 105 minutes with its buffer, so each comes to where the one before was.
    row = [
        booked(cast, HALF_PAST_NINE + n * 1.75 * HOUR, patient=one)
        for n, one in enumerate((cast.patient, cast.other_patient, cast.patient))
    ]
    with law_of(AFTER):
        assert restore_promised_times(context=CONTEXT).visits == 3
        assert starts(*row) == [NOW_HALF_PAST_NINE + n * 1.75 * HOUR for n in range(3)]


def test_a_law_that_sets_the_clock_back_moves_them_the_other_way(cast):
    with law_of(AFTER):
        row = [
            make_appointment(
                patient=one,
                clinician=cast.clinician,
                starts_at=NOW_HALF_PAST_NINE + n * 1.75 * HOUR,
            )
            for n, one in enumerate((cast.patient, cast.other_patient))
        ]
    with law_of(BEFORE):
        assert restore_promised_times(context=CONTEXT).visits == 2
        assert starts(*row) == [HALF_PAST_NINE, HALF_PAST_NINE + 1.75 * HOUR]


def test_what_is_taken_stays_on_the_list_until_somebody_agreed(cast):
    visit = booked(cast)
    with law_of(AFTER):
        taker = make_appointment(
            patient=cast.other_patient,
            clinician=cast.clinician,
            starts_at=NOW_HALF_PAST_NINE - HOUR,
        )
        assert reasons(visit) == ["clinician_busy"]
        assert restore_promised_times(context=CONTEXT).visits == 0
        assert starts(visit, taker) == [HALF_PAST_NINE, NOW_HALF_PAST_NINE - HOUR]
        assert Email.objects.filter(kind="promised_times").count() == 0
        promise_shown_time(appointment_id=visit.pk, rev=visit.rev, context=CONTEXT)
        assert not visits_at_another_time(NOW).exists()
        visit.refresh_from_db()
        assert visit.promised_start.hour == 10


def test_a_room_that_is_taken_is_exchanged_for_a_free_one(cast):
    visit = booked(cast)
    with law_of(AFTER):
        colleague = make_appointment(
            patient=cast.other_patient,
            clinician=cast.clinician,
            starts_at=NOW_HALF_PAST_NINE - HOUR,
            overlap_reason=None,
        )
        other = type(cast.clinician).objects.create(name="Dr. Else", user=cast.admin)
        Appointment.objects.filter(pk=colleague.pk).update(clinician=other)
        assert restore_promised_times(context=CONTEXT).visits == 1
        visit.refresh_from_db()
        assert visit.starts_at == NOW_HALF_PAST_NINE
        assert visit.room_id != colleague.room_id


def test_what_is_closed_by_now_stays_on_the_list_with_the_reason(cast):
    visit = booked(cast)
    with law_of(AFTER):
        close(
            starts_at=NOW_HALF_PAST_NINE,
            ends_at=NOW_HALF_PAST_NINE + HOUR,
            label="",
            by=cast.manager,
            actor=SYSTEM,
        )
        assert reasons(visit) == ["closed"]
        assert restore_promised_times(context=CONTEXT).visits == 0
        assert starts(visit) == [HALF_PAST_NINE]


def test_closures_and_extra_openings_follow_what_was_entered(cast):
    who = {"label": "", "by": cast.manager, "actor": SYSTEM}
    with law_of(BEFORE):
        # From a day of the former winter to one of summer, and all of one day.
        long = close(starts_at=utc(2027, 3, 10, 8), ends_at=utc(2027, 3, 20, 7), **who)
        day = close(starts_at=utc(2027, 2, 9, 8), ends_at=utc(2027, 2, 10, 8), **who)
        opening = open_extra(
            starts_at=utc(2027, 2, 13, 17),
            ends_at=utc(2027, 2, 13, 20),
            clinician_id=cast.clinician.pk,
            **who,
        )
    with law_of(AFTER):
        assert restore_promised_times(context=CONTEXT) == PutBack(visits=0, periods=3)
    spans = [*Closure.objects.order_by("pk"), *ExtraOpening.objects.all()]
    assert [(one.starts_at, one.ends_at) for one in spans] == [
        (utc(2027, 3, 10, 7), utc(2027, 3, 20, 7)),
        (utc(2027, 2, 9, 7), utc(2027, 2, 10, 7)),
        (utc(2027, 2, 13, 16), utc(2027, 2, 13, 19)),
    ]
    assert [long.promised_start.hour, day.promised_end.hour, opening.promised_end.hour] == [
        0, 0, 12,
    ]  # fmt: skip


def test_a_kept_time_and_its_offer_follow(cast):
    make_referral(patient=cast.patient)
    with law_of(BEFORE):
        later = make_appointment(
            patient=cast.patient, clinician=cast.clinician, starts_at=utc(2027, 6, 8, 16, 30)
        )
        wish(cast.patient)
        at = NOW + 4 * HOUR
        assert offer_free_times(now=at) == 1
    offer = SlotOffer.objects.get()
    before = offer.promised_start
    with law_of(AFTER):
        assert restore_promised_times(context=Context(SYSTEM, at)).visits == 1
    (hold,) = Appointment.objects.filter(status="held")
    offer.refresh_from_db()
    assert hold.starts_at == offer.starts_at
    assert (hold.promised_start, offer.promised_start) == (before, before)
    assert (hold.start_offset, offer.start_offset) == (-7 * 3600, -7 * 3600)
    assert hold.pk != later.pk


def test_reminders_of_a_visit_that_is_right_are_planned_anew_once_in_a_process(cast, monkeypatch):
    # On March 15 both laws agree, and two days before they do not.
    visit = booked(cast, utc(2027, 3, 15, 16, 30))
    monkeypatch.setattr("booking.promised_times.actions._planned", [])
    row = Email.objects.get(kind="reminder_48h", about=f"appointment:{visit.pk}")
    assert row.due_at == utc(2027, 3, 13, 17, 30)
    with law_of(AFTER):
        remind_by_todays_clock(now=NOW)
        row.refresh_from_db()
        assert row.due_at == utc(2027, 3, 13, 16, 30)
        Email.objects.filter(pk=row.pk).update(due_at=NOW)
        remind_by_todays_clock(now=NOW)
        row.refresh_from_db()
        assert row.due_at == NOW


def test_the_zone_is_chosen_before_the_first_visit_and_a_change_promises_nothing_new(
    cast, settings
):
    settings.CLINIC_TIME_ZONE = "America/New_York"
    assert not is_zone_chosen()
    visit = make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=utc(2027, 2, 9, 14, 30)
    )
    assert is_zone_chosen()
    settings.CLINIC_TIME_ZONE = "America/Chicago"
    assert list(visits_at_another_time(NOW)) == [visit]
    assert restore_promised_times(context=CONTEXT).visits == 1
    assert starts(visit) == [utc(2027, 2, 9, 15, 30)]
    assert (visit.promised_start.hour, visit.promised_zone) == (9, "America/Chicago")


# --- What was there before promises were kept -----------------------------------------------------


def fill(monkeypatch: pytest.MonkeyPatch, folders: tuple[str, ...]) -> None:
    """Run the step of the migration that reads the promises, on a machine with these folders."""
    step = import_module("booking.migrations.0020_read_promised_times")
    own = step.machine_zone
    monkeypatch.setattr(step, "machine_zone", lambda zone: own(zone, folders))
    step.fill(apps, None)


def test_what_was_promised_by_the_machines_own_zone_file_is_on_the_list_at_once(cast, monkeypatch):
    with law_of(AFTER):
        visit = make_appointment(
            patient=cast.patient, clinician=cast.clinician, starts_at=HALF_PAST_NINE
        )
        over = make_appointment(
            patient=cast.patient, clinician=cast.clinician, starts_at=utc(2027, 1, 12, 17, 30)
        )
        fill(monkeypatch, (str(FOLDER / BEFORE),))
        assert list(visits_at_another_time(NOW)) == [visit]
        assert unchecked_promises(NOW) == 0
        for one, hour in ((visit, 9), (over, 10)):
            one.refresh_from_db()
            assert (one.promised_start.hour, one.promised_zone) == (hour, VANCOUVER)


def test_without_a_file_of_the_machine_the_promises_could_not_be_checked(cast, monkeypatch):
    with law_of(AFTER):
        make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=HALF_PAST_NINE)
        fill(monkeypatch, ())
        assert not visits_at_another_time(NOW).exists()
        assert unchecked_promises(NOW) == 1
        desk = client_for(cast.manager)
        assert "was booked before promised times were kept" in page(desk)
        desk.post("/desk/clock-law/unchecked/")
        assert unchecked_promises(NOW) == 0


# --- On screen ------------------------------------------------------------------------------------


def page(desk: Client) -> str:
    return " ".join(desk.get("/desk/clock-law/").content.decode().split())


def test_the_desk_sees_the_list_and_puts_all_back_by_one_press(cast):
    booked(cast)
    desk = client_for(cast.manager)
    with law_of(BEFORE):
        assert "Every visit is at the time that was promised." in page(desk)
        assert "The clock law changed" not in desk.get("/desk/day/").content.decode()
    with law_of(AFTER):
        shown = (
            "Promised Tuesday, February 9, 9:30 am MST; shows Tuesday, February 9, 10:30 am MST."
        )
        assert shown in page(desk)
        assert "The clock law changed: 1 visit" in desk.get("/desk/day/").content.decode()
        rows = desk.get("/desk/lists/clock-law/").content.decode()
        assert "Tuesday, February 9, 10:30 am MST" in rows
        answer = desk.post("/desk/clock-law/put-back/", follow=True)
        assert "1 visit is at its promised time again." in answer.content.decode()
        assert "Every visit is at the time that was promised." in page(desk)


def test_a_visit_that_cannot_go_back_says_why_and_can_be_kept_where_it_shows(cast):
    visit = booked(cast)
    desk = client_for(cast.manager)
    with law_of(AFTER):
        make_appointment(
            patient=cast.other_patient,
            clinician=cast.clinician,
            starts_at=NOW_HALF_PAST_NINE - HOUR,
        )
        assert "In the way: This time is taken." in page(desk)
        url = f"/desk/clock-law/{visit.pk}/keep/"
        answer = desk.post(url, {"rev": visit.rev + 1}, follow=True)
        assert "was changed since you opened the page" in answer.content.decode()
        desk.post(url, {"rev": visit.rev})
        assert "Every visit is at the time that was promised." in page(desk)
