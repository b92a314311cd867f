"""Complete a form with answers of somebody who is well, for the sample clinic and for tests."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from intake.questionnaire.answers import FINAL, clean
from intake.questionnaire.definition import CHECKIN, Question, Questionnaire
from intake.triage.evaluate import LEVELS, evaluate_checkin, evaluate_intake

_DAYS_AGO = 140  # a date that is asked for: past every rule about the first weeks


def completed(
    form: Questionnaire, given: Mapping[str, object], *, as_of: date
) -> dict[str, object]:
    """Return `given` with an answer added for every other required question that is shown.

    Each added answer is the first of its question's answers that raises no flag, or the mildest
    one where all of them raise some. `given` maps question ids to raw values; a question in it is
    not changed, even when its value is None.
    """
    answers = dict(given)
    # One at a time: an answer may bring up another question.
    while (question := _next_unsaid(form, answers, as_of)) is not None:
        answers[question.id] = _quiet_answer(form, question, answers, as_of)
    return answers


def _next_unsaid(
    form: Questionnaire, answers: Mapping[str, object], as_of: date
) -> Question | None:
    shown = (form.question(one) for one in clean(form, answers, as_of).visible)
    return next((one for one in shown if one.required and one.id not in answers), None)


def _quiet_answer(
    form: Questionnaire, question: Question, answers: Mapping[str, object], as_of: date
) -> object:
    def flags(answer: object) -> tuple[int, ...]:
        judged = {**answers, question.id: answer}
        if form is CHECKIN:
            found = evaluate_checkin(judged, as_of=as_of).flags
        else:
            found = evaluate_intake(judged, as_of=as_of, mode=FINAL).flags
        # Questions still without an answer raise flags too, but those do not name this question.
        by_it = [one.level for one in found if question.id in {asked for asked, _ in one.evidence}]
        # Tuples compare from the left, and LEVELS begins with the most serious one.
        return tuple(by_it.count(level) for level in LEVELS)

    return min(_possible(question, as_of), key=flags)


def _possible(question: Question, as_of: date) -> Iterator[object]:
    """Yield the possible answers to a question, "None of these" before any other."""
    if question.kind == "multi":
        others = [one for one in question.choice_ids if one not in question.exclusive_ids]
        yield from ([choice] for choice in (*question.exclusive_ids, *others))
    elif question.kind == "single":
        yield from question.choice_ids
    elif question.kind == "date":
        yield (as_of - timedelta(days=_DAYS_AGO)).isoformat()
    elif question.kind == "text":
        yield "Nothing to add."
    elif question.minimum is not None and question.maximum is not None:
        yield from range(question.minimum, question.maximum + 1)
