"""An episode: where it begins and ends, and what a check-in in it is compared with."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from intake.episodes.trend import (
    Ended,
    Sent,
    first_scores,
    last_leak_amount,
    latest_episode,
    previous_scores,
)
from intake.triage.scores import SCORES

START = datetime(2027, 2, 1, 15, tzinfo=UTC)
BIRTH = date(2026, 9, 14)


def full(day: int, **fields: Any) -> Sent:
    fields.setdefault("scores", dict.fromkeys(SCORES, 40))
    return Sent(f"i{day}", START + timedelta(days=day), is_full=True, **fields)


def checkin(day: int, **scores: int | None) -> Sent:
    return Sent(f"c{day}", START + timedelta(days=day), is_full=False, scores=scores, visit=2)


def end(day: int, *, is_finished: bool = False) -> Ended:
    return Ended(START + timedelta(days=day), is_finished)


def keys(*args: Any) -> list[str]:
    return [form.key for form in latest_episode(*args)]


def test_it_starts_with_an_intake_and_a_repeated_one_belongs_to_it() -> None:
    assert keys([checkin(0), full(1), checkin(9), full(50), checkin(57)], []) == [
        "i1", "c9", "i50", "c57",
    ]  # fmt: skip
    assert keys([checkin(3)], []) == []


def test_the_end_of_a_package_closes_it() -> None:
    forms = [full(0), checkin(9), full(100), checkin(110)]
    assert keys(forms, [end(60)]) == ["i100", "c110"]
    assert keys(forms[:2], [end(60)]) == ["i0", "c9"]


def test_the_intake_at_graduation_still_belongs_to_it_and_the_next_one_begins_another() -> None:
    forms = [full(0), checkin(70), full(75), full(100)]
    finished = end(74, is_finished=True)
    assert keys(forms[:3], [finished]) == ["i0", "c70", "i75"]
    assert keys(forms, [finished]) == ["i100"]
    assert keys([full(0), full(74 + 28)], [finished]) == ["i0", "i102"]
    assert keys([full(0), full(74 + 29)], [finished]) == ["i103"]
    assert keys(forms[:3], [end(74)]) == ["i75"]


def test_a_new_birth_begins_another_and_a_corrected_date_does_not() -> None:
    first = full(0, birth_date=BIRTH)
    corrected = full(5, birth_date=BIRTH + timedelta(days=119))
    another = full(400, birth_date=BIRTH + timedelta(days=119 + 120))
    assert keys([first, corrected], []) == ["i0", "i5"]
    assert keys([first, corrected, another], []) == ["i400"]


def test_each_score_is_looked_up_by_itself() -> None:
    forms = [
        full(0, scores={"leak": None, "pain": 60}),
        checkin(9, leak=24, pain=None),
        checkin(20, leak=36, pain=20),
        checkin(30, leak=None),
        full(31, scores=None),
    ]
    assert previous_scores(forms)["leak"] == 36
    assert first_scores(forms)["leak"] == 24
    assert (previous_scores(forms)["pain"], first_scores(forms)["pain"]) == (20, 60)
    assert previous_scores(forms)["heaviness"] is None


def test_the_leak_amount_is_the_latest_known_one_or_drops_for_gas_alone() -> None:
    wet = full(0, leak_when=("cough",), leak_amount="wet")
    gas = full(10, leak_when=("gas",))
    dry = full(20, leak_when=("none",))
    assert last_leak_amount([wet, gas, dry]) == "wet"
    assert last_leak_amount([gas, dry]) == "drops"
    assert last_leak_amount([dry]) is None
    assert last_leak_amount([full(0, leak_when=("gas", "cough"))]) is None
    assert last_leak_amount([]) is None


forms = st.lists(
    st.tuples(st.integers(0, 300), st.booleans(), st.none() | st.integers(0, 100)),
    unique_by=lambda one: one[0],
)
ends = st.lists(st.tuples(st.integers(0, 300), st.booleans()), max_size=3)


@given(forms, ends)
def test_an_episode_is_the_last_forms_in_order_and_begins_with_an_intake(
    drawn: Any, over: Any
) -> None:
    given_forms = [full(d, scores={"leak": s}) if f else checkin(d, leak=s) for d, f, s in drawn]
    in_order = sorted(given_forms, key=lambda form: form.sent_at)
    found = list(latest_episode(given_forms, [end(d, is_finished=f) for d, f in over]))
    assert found == in_order[len(in_order) - len(found) :]
    assert bool(found) == any(form.is_full for form in given_forms)
    assert not found or found[0].is_full
    values = [form.scores["leak"] for form in found if form.scores]
    known = [value for value in values if value is not None]
    assert previous_scores(found)["leak"] == (known[-1] if known else None)
    assert first_scores(found)["leak"] == (known[0] if known else None)
