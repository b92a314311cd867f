"""Hypothesis strategies for intakes and check-ins: valid ones, and whatever may be sent."""

from datetime import date, timedelta

from hypothesis import settings
from hypothesis import strategies as st

from intake.questionnaire.answers import OLDEST_DATE_DAYS, clean
from intake.questionnaire.definition import CHECKIN, INTAKE, Question, Questionnaire
from tests.intake.samples import AS_OF, Raw

# No test asserts a clock, so none has a deadline: `@UNTIMED` above `@given`.
UNTIMED = settings(deadline=None)

# Days since birth at which a rule begins or ends: around 6, 8 and 12 weeks, and both limits.
TELLING_DAYS = (0, 41, 42, 55, 56, 83, 84, OLDEST_DATE_DAYS)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["none", "prefer_not", "2025-11-01", "2025-W22-1", "20250526", "7"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=6,
)


@st.composite
def complete_intake(draw: st.DrawFn, as_of: date = AS_OF) -> Raw:
    """Draw an intake in which every visible required question has a valid answer."""
    return draw(complete_form(INTAKE, as_of))


@st.composite
def complete_checkin(draw: st.DrawFn, as_of: date = AS_OF) -> Raw:
    """Draw a check-in in which every visible question has a valid answer."""
    return draw(complete_form(CHECKIN, as_of))


@st.composite
def complete_form(draw: st.DrawFn, questionnaire: Questionnaire, as_of: date) -> Raw:
    """Draw valid answers to what is visible, question by question; optional ones may be absent."""
    raw: Raw = {}
    for question in questionnaire.questions:
        if question.id not in clean(questionnaire, raw, as_of).visible:
            continue
        if question.required or draw(st.booleans()):
            raw[question.id] = draw(valid_answer(question, as_of))
    return raw


@st.composite
def raw_answers(draw: st.DrawFn, questionnaire: Questionnaire = INTAKE) -> Raw:
    """Draw what might be sent: valid, damaged, missing and unknown answers, in any order."""
    raw: Raw = {}
    for question in draw(st.permutations(questionnaire.questions)):
        kind = draw(st.sampled_from(["valid", "valid", "valid", "damaged", "absent"]))
        if kind == "valid":
            raw[question.id] = draw(valid_answer(question, AS_OF))
        elif kind == "damaged":
            raw[question.id] = draw(damaged_answer(question))
    return raw | draw(st.dictionaries(st.text(max_size=5), json_values, max_size=2))


def valid_answer(question: Question, as_of: date) -> st.SearchStrategy[object]:
    """Return the valid raw answers to one question."""
    if question.kind == "multi":
        return _ticked(question)
    if question.kind == "single":
        return st.sampled_from(question.choice_ids)
    if question.kind == "date":
        days = st.sampled_from(TELLING_DAYS) | st.integers(0, 200)
        return days.map(lambda ago: (as_of - timedelta(days=ago)).isoformat())
    if question.kind == "text":
        return st.text(min_size=1, max_size=20).filter(str.strip)
    return st.integers(question.minimum, question.maximum)


def damaged_answer(question: Question) -> st.SearchStrategy[object]:
    """Return answers that cannot be read, or only in part."""
    if not question.choices:
        return json_values
    members = st.sampled_from(question.choice_ids) | json_values
    return json_values | st.lists(members, max_size=4)


def _ticked(question: Question) -> st.SearchStrategy[object]:
    alone = st.sampled_from([[choice] for choice in question.exclusive_ids])
    others = [choice for choice in question.choice_ids if choice not in question.exclusive_ids]
    return alone | st.lists(st.sampled_from(others), min_size=1, max_size=4, unique=True)
