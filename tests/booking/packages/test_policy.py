"""The terms: the deadline to the minute over both clock changes, and what never costs a visit."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from booking.policy import (
    Circumstances,
    CreditEffect,
    PolicyTerms,
    credit_effect_of_cancel,
    credit_effect_of_no_show,
    is_late,
    late_deadline,
    may_count_as_first_visit,
    package_expires_on,
)

NEW_YORK = "America/New_York"
TERMS = PolicyTerms()
MINUTE = timedelta(minutes=1)


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)


# 9:30 in New York, and 9:30 the day before: 24, 23 and 25 hours.
DEADLINES = [
    (utc(2027, 2, 2, 14, 30), utc(2027, 2, 1, 14, 30)),
    (utc(2027, 3, 14, 13, 30), utc(2027, 3, 13, 14, 30)),
    (utc(2027, 11, 7, 14, 30), utc(2027, 11, 6, 13, 30)),
]


@pytest.mark.parametrize(("starts_at", "deadline"), DEADLINES)
def test_exactly_the_same_wall_time_the_day_before_is_in_time(starts_at, deadline):
    assert late_deadline(starts_at, NEW_YORK, TERMS) == deadline
    for now, late in ((deadline - MINUTE, False), (deadline, False), (deadline + MINUTE, True)):
        assert is_late(starts_at, now, NEW_YORK, TERMS) is late
        effect = credit_effect_of_cancel(starts_at, now, NEW_YORK, TERMS, Circumstances())
        assert effect == ("forfeit" if late else "return")


def test_a_limit_below_a_day_is_elapsed_time():
    terms = replace(TERMS, late_change_hours=12)
    assert late_deadline(utc(2027, 3, 14, 13, 30), NEW_YORK, terms) == utc(2027, 3, 14, 1, 30)


VISIT = utc(2027, 2, 2, 14, 30)
NEVER_CHARGED = [
    Circumstances(by_clinic=True),
    Circumstances(urgent_open=True),
    Circumstances(forgiven=True),
    Circumstances(urgent_ended_at=VISIT - timedelta(days=7)),
]


@pytest.mark.parametrize("why", NEVER_CHARGED)
def test_what_never_costs_a_visit_returns_the_credit_of_a_late_cancel_and_of_a_no_show(why):
    effect = credit_effect_of_cancel(VISIT, VISIT, NEW_YORK, TERMS, why)
    assert effect is CreditEffect.RETURN
    assert credit_effect_of_no_show(VISIT, TERMS, why) is CreditEffect.RETURN


@pytest.mark.parametrize(
    "why", [Circumstances(), Circumstances(urgent_ended_at=VISIT - timedelta(days=7) - MINUTE)]
)
def test_otherwise_a_visit_missed_or_cancelled_late_is_used(why):
    effect = credit_effect_of_cancel(VISIT, VISIT, NEW_YORK, TERMS, why)
    assert effect is CreditEffect.FORFEIT
    assert credit_effect_of_no_show(VISIT, TERMS, why) is CreditEffect.FORFEIT


def test_a_package_runs_for_its_days_from_visit_1():
    assert package_expires_on(date(2027, 2, 1), 180) == date(2027, 7, 31)


@pytest.mark.parametrize(
    ("evaluation_on", "counts"),
    [
        (date(2027, 3, 1) - timedelta(days=43), False),
        (date(2027, 3, 1) - timedelta(days=42), True),
        (date(2027, 3, 1), True),
        (date(2027, 3, 2), False),
    ],
)
def test_an_evaluation_counts_as_visit_1_for_six_weeks(evaluation_on, counts):
    where = {"enrolled_on": date(2027, 3, 1), "terms": TERMS}
    for early in (timedelta(days=1), timedelta(0)):
        allowed_from = evaluation_on - early
        found = may_count_as_first_visit(evaluation_on, first_visit_from=allowed_from, **where)
        assert found is counts
    late = evaluation_on + timedelta(days=1)
    assert not may_count_as_first_visit(evaluation_on, first_visit_from=late, **where)


def test_the_terms_are_the_sample_clinics():
    assert PolicyTerms() == PolicyTerms(
        slot_grid_minutes=15,
        notice_patient_hours=12,
        notice_desk_hours=0,
        horizon_patient_days=182,
        horizon_desk_days=365,
        hold_minutes=10,
        hold_renewals=1,
        late_change_hours=24,
        cancel_undo_minutes=15,
        never_charged_days_after_urgent=7,
        referral_days=90,
        offer_hours=2,
        evaluation_counts_days=42,
        idle_package_days=21,
        reminder_lead_hours=(48, 24),
        reminder_skip_within_minutes=2 * 60,
        quiet_from_hour=21,
        quiet_until_hour=8,
    )
