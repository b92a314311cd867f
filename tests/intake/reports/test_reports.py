"""The monthly report: how far patients came, how full the hours were, no small count printed."""

import csv
import re
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking.desk.month_figures import month_figures
from booking.models import Appointment, Closure
from clinic.models.people import Patient
from clinic.models.practice import HeardFrom, LinkCount
from intake.models import Intake
from intake.reports.queries import SourceLine, funnel, reviews, sources, waiting_times
from tests.cast import Cast, client_for, make_cast
from tests.factories import (
    EIGHT_VISITS,
    make_appointment,
    make_clinician,
    make_enrollment,
    make_patient,
    make_referral,
    make_version,
    newest_version,
)

pytestmark = pytest.mark.django_db

FEBRUARY = date(2027, 2, 1)
# Monday, February 1, 9:00 in New York.
NINE = datetime(2027, 2, 1, 14, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def make_intake(patient: Patient, started_at: datetime, *, sent: bool = True) -> Intake:
    result = {
        "sent_at": started_at + timedelta(minutes=6),
        "as_of": started_at.date(),
        "level": "red",
        "next_step": "evaluation",
        "rules_version": "1",
        "queue": "red",
        "review_due_at": started_at + DAY,
    }
    return Intake.objects.create(
        patient=patient,
        questionnaire_version="1",
        started_at=started_at,
        saved_at=started_at,
        **(result if sent else {}),
    )


def patients(count: int) -> list[Patient]:
    return [make_patient(email=f"p{n}@example.test") for n in range(count)]


def test_the_funnel_counts_each_patient_once_and_as_far_as_she_came(cast: Cast) -> None:
    never_sent, sent, booked, done, finished, at_six_of_eight = patients(6)
    make_intake(never_sent, NINE, sent=False)
    for one in (sent, booked, done, finished, at_six_of_eight):
        make_intake(one, NINE)
    make_intake(sent, NINE + DAY)
    make_appointment(patient=booked, clinician=cast.clinician, starts_at=NINE)
    make_appointment(
        patient=done, clinician=cast.clinician, starts_at=NINE + DAY, status="completed"
    )
    six, eight = newest_version(), make_version(visits=EIGHT_VISITS)
    for hours, (patient, version) in enumerate(((finished, six), (at_six_of_eight, eight))):
        package = make_enrollment(
            patient=patient, referral=make_referral(patient=patient), version=version
        )
        for number in (1, 3, 6):
            make_appointment(
                patient=patient,
                clinician=cast.clinician,
                starts_at=NINE + (number + 2) * DAY + timedelta(hours=3 * hours),
                service=f"rr{number}",
                status="completed",
                enrollment=package,
                visit_number=number,
            )
    assert [step.people for step in funnel(FEBRUARY)] == [6, 5, 4, 3, 2, 2, 1]
    assert [step.people for step in funnel(date(2027, 1, 1))] == [0] * 7


def test_patients_are_counted_by_what_they_said_and_else_by_the_link(cast: Cast) -> None:
    assert sources(FEBRUARY) == []
    club = HeardFrom.objects.create(name="A running club", code="k7m4p", position=2)
    friend = HeardFrom.objects.create(name="A friend", code="bcdfg", position=1)
    HeardFrom.objects.create(name="Nobody's", code="zzzzz", position=3)
    for month, opened in ((FEBRUARY, 9), (date(2027, 3, 1), 50)):
        LinkCount.objects.create(heard_from=club, month=month, opened=opened)
    told, led, led_and_told, silent, never_sent, later = patients(6)
    for patient, said, by in (
        (told, club, None),
        (led, None, club),
        (led_and_told, friend, club),
        (silent, None, None),
    ):
        intake = make_intake(patient, NINE)
        Intake.objects.filter(pk=intake.pk).update(heard_from=said, came_by=by)
    draft = make_intake(never_sent, NINE, sent=False)
    Intake.objects.filter(pk=draft.pk).update(came_by=club)
    # A second form, in which nothing is known, changes nothing.
    make_intake(told, NINE + DAY)
    make_intake(later, NINE + 40 * DAY)
    for hours, patient in enumerate((led, led_and_told)):
        make_appointment(
            patient=patient, clinician=cast.clinician, starts_at=NINE + timedelta(hours=2 * hours)
        )
    assert sources(FEBRUARY) == [
        SourceLine("A friend", 0, 1, 1, 1),
        SourceLine("A running club", 9, 3, 2, 1),
        SourceLine("Nobody's", 0, 0, 0, 0),
        SourceLine("Not known", 0, 1, 1, 0),
    ]
    page = client_for(cast.manager).get("/desk/reports/2027-02/").content.decode()
    table = page.partition('aria-labelledby="sources"')[2].partition("</section>")[0]
    assert '<span class="no-print">3</span>' in table
    assert '<td class="num">9</td>' in re.sub(r"\s*\n\s*", "", table)


def test_an_intake_started_before_midnight_of_the_clinic_belongs_to_that_month(cast: Cast) -> None:
    # March 1, 4:30 UTC is still the evening of February 28 in New York.
    make_intake(cast.patient, datetime(2027, 3, 1, 4, 30, tzinfo=UTC))
    assert funnel(FEBRUARY)[0].people == 1
    assert funnel(date(2027, 3, 1))[0].people == 0


def test_open_hours_leave_out_time_off_and_survive_the_clock_change() -> None:
    cast = make_cast()
    # March 2027 has 23 weekdays; the clocks go forward on Sunday 14. Nine hours each.
    assert open_minutes(cast, date(2027, 3, 1)) == 23 * 9 * 60
    Closure.objects.create(
        clinician=cast.clinician,
        starts_at=datetime(2027, 3, 16, 4, tzinfo=UTC),
        ends_at=datetime(2027, 3, 17, 4, tzinfo=UTC),
    )
    assert open_minutes(cast, date(2027, 3, 1)) == 22 * 9 * 60


def open_minutes(cast: Cast, first: date) -> int:
    return month_figures(first).utilization[0].open_minutes


def test_a_month_of_visits(cast: Cast) -> None:
    other = make_clinician(email="other-clinician@example.test", name="Dr. Other")
    statuses: list[tuple[str, dict[str, object]]] = [
        ("completed", {}),
        ("no_show", {}),
        ("cancelled", {"cancelled_at": NINE}),
        ("cancelled", {"cancelled_at": NINE, "cancelled_late": True}),
        ("cancelled", {"cancelled_at": NINE, "cancelled_by_clinic": True}),
        ("held", {"holder_key": "k", "hold_until": NINE}),
        ("released", {"holder_key": "k"}),
    ]
    for number, (status, fields) in enumerate(statuses):
        make_appointment(
            patient=cast.patient,
            clinician=cast.clinician,
            starts_at=NINE + number * DAY,
            status=status,
            **fields,
        )
    make_appointment(
        patient=cast.other_patient,
        clinician=cast.clinician,
        starts_at=NINE,
        overlap_reason="Twins of the same mother",
    )
    month = month_figures(FEBRUARY)
    assert (month.expected, month.missed) == (3, 1)
    assert month.called_off_in_time == month.called_off_late == month.called_off_by_clinic == 1
    booked = {one.name: one.booked_minutes for one in month.utilization}
    assert booked == {cast.clinician.name: 270, other.name: 0}
    assert [one.overlap_reason for one in month.overlaps] == ["Twins of the same mother"]
    assert month.evaluation_lead_days == 0


def test_a_review_is_in_time_only_if_it_was_decided_by_the_time_promised(cast: Cast) -> None:
    for number, hours in enumerate((1, 30)):
        intake = make_intake(patients(number + 1)[number], NINE)
        intake.decisions.create(
            next_act="none",
            content={},
            decided_at=NINE + timedelta(hours=hours),
            decided_by=cast.clinician.user,
        )
    make_intake(cast.patient, NINE)
    figures = reviews(FEBRUARY)
    assert (figures.sent, figures.promised, figures.kept) == (3, 3, 1)
    waiting = [step.people for step in waiting_times(NINE + timedelta(hours=5))]
    assert waiting == [0, 0, 3, 0, 0]
    assert [step.people for step in waiting_times(NINE + 2 * DAY)] == [0, 0, 0, 3, 3]


def test_small_counts_are_neither_printed_nor_exported(cast: Cast) -> None:
    club = HeardFrom.objects.create(name="A running club", code="k7m4p")
    for one in patients(6):
        make_intake(one, NINE)
    Intake.objects.filter(patient__email__in=["p1@example.test", "p2@example.test"]).update(
        heard_from=club
    )
    make_intake(make_patient(email="draft@example.test"), NINE, sent=False)
    make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=NINE)
    desk = client_for(cast.manager)
    page = desk.get("/desk/reports/2027-02/").content.decode()
    assert '<span class="print-only">fewer than 5</span>' in page
    text = desk.get("/desk/reports/2027-02/csv/").content.decode("utf-8-sig")
    values = {(row[0], row[1]): row[2] for row in csv.reader(StringIO(text))}
    assert values["From first answer to last visit", "Started the questions"] == "7"
    assert values["From first answer to last visit", "First visit booked"] == "fewer than 5"
    assert values["Where they heard of us", "A running club: sent"] == "fewer than 5"
    assert values["Where they heard of us", "Not known: started"] == "5"
    assert values["Visits", "Expected"] == "fewer than 5"
    counted = [value for (table, _), value in values.items() if "percent" not in table]
    assert not {"1", "2", "3", "4"} & set(counted)


@pytest.mark.parametrize("month", ["2027-13", "x", "1999-01", "2027-2", "9999-12"])
def test_an_address_without_a_valid_month_is_not_found(cast: Cast, month: str) -> None:
    assert client_for(cast.manager).get(f"/desk/reports/{month}/").status_code == 404


def test_an_empty_month_says_so(cast: Cast) -> None:
    page = client_for(cast.manager).get("/desk/reports/2031-06/").content.decode()
    assert "Nothing waits." in page
    assert "None this month." in page


def test_the_statements_do_not_grow_with_the_clinic(cast: Cast) -> None:
    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client_for(cast.manager).get("/desk/reports/2027-02/").status_code == 200
        return len(seen)

    few = statements()
    for number, one in enumerate(patients(8)):
        make_intake(one, NINE + number * DAY)
        make_appointment(patient=one, clinician=cast.clinician, starts_at=NINE + number * DAY)
    assert Appointment.objects.count() == 8
    assert statements() == few
