"""A changed answer hides the follow-ups that depended on it, and their flags are gone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.triage.evaluate import FINAL, evaluate_intake
from tests.intake.samples import AS_OF
from tests.intake.strategies import UNTIMED, complete_intake

# A question, an answer that hides the follow-ups that depend on it alone, and those follow-ups.
PARENTS: list[tuple[str, Any, list[str]]] = [
    ("bg.delivery", "cesarean", ["bg.tear"]),
    ("leak.when", ["none"], ["leak.frequency", "leak.amount", "leak.bother"]),
    ("leak.when", ["gas"], ["leak.amount"]),
    ("heavy.frequency", "never", ["heavy.bother"]),
    ("pain.areas", ["none"], ["pain.worst", "pain.signs"]),
    ("bg.running", "paused", ["ready.run_response"]),
]


@pytest.mark.parametrize(("parent", "hides", "hidden"), PARENTS)
@UNTIMED
@given(data=st.data())
def test_the_follow_ups_and_their_flags_are_gone(
    parent: str, hides: Any, hidden: list[str], data: st.DataObject
) -> None:
    raw = {**data.draw(complete_intake()), parent: hides}
    result = evaluate_intake(raw, as_of=AS_OF, mode=FINAL)
    assert not set(hidden) & set(result.visible)
    assert not set(hidden) & set(result.answers.values)
    read = {question for flag in result.flags for question, _ in flag.evidence}
    assert not set(hidden) & read
    without = {key: value for key, value in raw.items() if key not in hidden}
    assert evaluate_intake(without, as_of=AS_OF, mode=FINAL).flag_ids == result.flag_ids


@UNTIMED
@given(data=st.data())
def test_the_question_about_a_bulge_depends_on_heaviness_and_on_a_known_prolapse(
    data: st.DataObject,
) -> None:
    raw = {**data.draw(complete_intake()), "heavy.frequency": "never", "heavy.bulge": "stuck"}
    for history, is_shown in ((["none"], False), (["prolapse"], True)):
        result = evaluate_intake({**raw, "bg.history": history}, as_of=AS_OF, mode=FINAL)
        assert ("heavy.bulge" in result.visible) is is_shown
        assert ("U-BULGE-STUCK" in result.flag_ids) is is_shown
