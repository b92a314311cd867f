"""Build the fields that a browser posts for a page of the questionnaire."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from intake.questionnaire.definition import CHECKIN, INTAKE, Question, Questionnaire, Section
from intake.questionnaire.progress import SECTIONS
from intake.questionnaire.section import field_name, posted_answers
from intake.triage.sample_answers import completed
from tests.intake.samples import AS_OF, checkin, intake


def whole_page(slug: str, typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a page of the intake, as a browser posts them.

    They are the typed ones, and a quiet answer to every other required question that is shown.
    """
    return _whole(INTAKE, SECTIONS[slug], typed, intake())


def whole_checkin(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the check-in, completed like those of `whole_page`."""
    return _whole(CHECKIN, CHECKIN.sections[0], typed, checkin())


def _whole(
    form: Questionnaire, section: Section, typed: Mapping[str, Any], quiet: Mapping[str, object]
) -> dict[str, Any]:
    data = QueryDict(mutable=True)
    for name, value in typed.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    is_typed = {one.id: _is_typed(one, typed) for one in section.questions}
    posted = {one: sent for one, sent in posted_answers(section, data).items() if is_typed[one]}
    answers = completed(form, {**quiet, **posted}, as_of=AS_OF)
    fields = dict(typed)
    for question in section.questions:
        if question.required and question.id in answers and not is_typed[question.id]:
            fields |= _fields(question, answers[question.id])
    return fields


def _is_typed(question: Question, typed: Mapping[str, Any]) -> bool:
    name = field_name(question.id)
    return name in typed or f"{name}_year" in typed


def _fields(question: Question, answer: object) -> dict[str, Any]:
    name = field_name(question.id)
    if question.kind == "date":
        year, month, day = str(answer).split("-")
        return {f"{name}_year": year, f"{name}_month": month, f"{name}_day": day}
    return {name: answer if isinstance(answer, list) else str(answer)}
