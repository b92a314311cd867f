"""Properties of cleaning that are true of whatever is sent."""

from hypothesis import given
from hypothesis import strategies as st

from intake.questionnaire.answers import clean
from intake.questionnaire.definition import CHECKIN, INTAKE, Questionnaire
from tests.intake.samples import AS_OF, Raw
from tests.intake.strategies import UNTIMED, complete_form, json_values, raw_answers

FORMS = st.sampled_from([INTAKE, CHECKIN])


@UNTIMED
@given(form=FORMS, data=st.data())
def test_hidden_answers_never_survive(form: Questionnaire, data: st.DataObject) -> None:
    answers = clean(form, data.draw(raw_answers(form)), AS_OF)
    assert set(answers.values) <= set(answers.visible)
    assert set(answers.dropped).isdisjoint(answers.visible)


@UNTIMED
@given(form=FORMS, data=st.data())
def test_order_is_that_of_the_questionnaire(form: Questionnaire, data: st.DataObject) -> None:
    answers = clean(form, data.draw(raw_answers(form)), AS_OF)
    ids = [question.id for question in form.questions]
    assert sorted(answers.visible, key=ids.index) == list(answers.visible)
    assert sorted(answers.values, key=ids.index) == list(answers.values)


@UNTIMED
@given(form=FORMS, data=st.data())
def test_cleaning_what_is_clean_changes_nothing(form: Questionnaire, data: st.DataObject) -> None:
    once = clean(form, data.draw(raw_answers(form)), AS_OF)
    twice = clean(form, once.values, AS_OF)
    assert (twice.values, twice.visible) == (once.values, once.visible)


@UNTIMED
@given(form=FORMS, data=st.data())
def test_only_answers_that_the_form_offers_are_effective(
    form: Questionnaire, data: st.DataObject
) -> None:
    answers = clean(form, data.draw(raw_answers(form)), AS_OF)
    for question_id, value in answers.values.items():
        question = form.question(question_id)
        if question.choices:
            chosen = value if isinstance(value, tuple) else (value,)
            assert chosen
            assert set(chosen) <= set(question.choice_ids)
            assert len(chosen) == 1 or not set(chosen) & set(question.exclusive_ids)
        elif question.kind in ("scale", "integer"):
            assert type(value) is int
            assert question.minimum <= value <= question.maximum


@UNTIMED
@given(st.dictionaries(st.sampled_from([q.id for q in INTAKE.questions]), json_values))
def test_cleaning_never_raises(raw: Raw) -> None:
    clean(INTAKE, raw, AS_OF)


@UNTIMED
@given(form=FORMS, data=st.data())
def test_no_answer_of_a_valid_form_is_lost(form: Questionnaire, data: st.DataObject) -> None:
    raw = data.draw(complete_form(form, AS_OF))
    answers = clean(form, raw, AS_OF)
    assert set(answers.values) == set(raw)
    assert not any(answers.missing(question, "final") for question in answers.visible)
