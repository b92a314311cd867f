"""One page of the questionnaire as a Django form, made from the questions shown on it."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from crispy_forms.layout import Field
from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from clinic.identity.date_field import ThreePartDateField, read_posted
from clinic.identity.dates import YEAR
from clinic.identity.readings import Unreadable
from clinic.web.form_layout import laid_out
from intake.questionnaire.answers import OLDEST_DATE_DAYS
from intake.questionnaire.definition import Question, Section, msg

LONGEST_TEXT = 10_000
# Of a number typed into a field. Longer ones are not even converted.
DIGITS = 4
_AHEAD = msg("This date lies ahead. Enter the day it happened")
_LONG_AGO = msg("This is more than 20 years ago. Check the year")


def field_name(question: str) -> str:
    """Return the name of the question's form field: leak_when for leak.when."""
    return question.replace(".", "_")


def posted_answers(section: Section, data: QueryDict) -> dict[str, object]:
    """Return what this page sent, as raw JSON values by question id; None without an answer.

    Nothing is checked here: an unknown choice is passed on and dropped by cleaning.
    """
    return {question.id: _posted(question, data) for question in section.questions}


def _posted(question: Question, data: QueryDict) -> object:
    name = field_name(question.id)
    if question.kind == "multi":
        return data.getlist(name) or None
    if question.kind == "date":
        # Also a date that the page asks about first: until she corrects it, it is likely right,
        # and urgent rules look at it.
        day = read_posted(data, name)
        return day.isoformat() if day is not None else None
    text = data.get(name, "")
    if question.kind in ("scale", "integer"):
        text = text.strip()
        # isdecimal alone is true for digits of other scripts as well.
        is_whole = text.isascii() and text.isdecimal() and len(text) <= DIGITS
        return int(text) if is_whole else None
    # This runs before the form is checked, so its own limit has not been applied yet.
    return text[:LONGEST_TEXT] or None


class QuestionField(Field):
    """Lay out a question in a fieldset of its own, with its hint and "Why we ask"."""

    template = "intake/questionnaire/question.html"


class SectionForm(forms.Form):
    """A form of the section's questions that apply, prefilled with what was saved."""

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        questions: Iterable[Question],
        saved: Mapping[str, object],
        today: date,
    ) -> None:
        self.questions = list(questions)
        initial = {field_name(question.id): saved.get(question.id) for question in self.questions}
        super().__init__(data, initial=initial)
        for question in self.questions:
            self.fields[field_name(question.id)] = _with_question(_field(question, today), question)
        self.helper = laid_out(*(QuestionField(name) for name in self.fields))

    def rows(self) -> list[tuple[Question, forms.BoundField]]:
        """Return each question with its field, in order."""
        return [(question, self[field_name(question.id)]) for question in self.questions]


def _with_question(field: forms.Field, question: Question) -> forms.Field:
    """Return the field with the attributes that the question's template reads."""
    attributes = vars(field)
    attributes["question"] = question
    attributes["hint"] = _(question.hint or " ")
    attributes["why_we_ask"] = _(question.why_we_ask or " ")
    attributes["asked"] = _asked(str(field.label))
    # A group of inputs has no id of its own: the error summary links to its first one.
    if question.kind not in ("integer", "text"):
        attributes["first_input"] = "_0"
    return field


def _asked(text: str) -> str:
    """Return the sentences of the text that are questions, or all of it when none is."""
    asking = [one for one in re.split(r"(?<=[.?])\s+", text) if one.endswith("?")]
    return " ".join(asking) or text


def _field(question: Question, today: date) -> forms.Field:
    common: dict[str, Any] = {
        "label": _(question.text),
        "required": question.required,
        "error_messages": {"required": _required_message(question)},
    }
    choices = [(choice.id, _(choice.text)) for choice in question.choices]
    if question.kind == "multi":
        return forms.MultipleChoiceField(
            choices=choices, widget=forms.CheckboxSelectMultiple, **common
        )
    if question.kind == "single":
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **common)
    if question.kind == "scale":
        numbers = range(question.minimum or 0, (question.maximum or 10) + 1)
        return forms.TypedChoiceField(
            choices=[(number, str(number)) for number in numbers],
            coerce=int,
            widget=forms.RadioSelect,
            **common,
        )
    if question.kind == "date":
        return ThreePartDateField(limits=_check_day, today=today, **common)
    return _written_field(question, common)


def _check_day(day: date, today: date) -> None:
    """Raise Unreadable for a day that cannot be meant, by the limits of cleaning."""
    if day > today:
        raise Unreadable(_AHEAD, parts=frozenset({YEAR}))
    if (today - day).days > OLDEST_DATE_DAYS:
        raise Unreadable(_LONG_AGO, parts=frozenset({YEAR}))


def _written_field(question: Question, common: dict[str, Any]) -> forms.Field:
    if question.kind == "integer":
        attrs = {"inputmode": "numeric", "class": "form-control short-number"}
        return forms.IntegerField(
            min_value=question.minimum,
            max_value=question.maximum,
            widget=forms.TextInput(attrs),
            **common,
        )
    return forms.CharField(
        max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": 5, "class": "form-control"}),
        **common,
    )


def _required_message(question: Question) -> str:
    if question.kind == "multi":
        # Names the choice for "none of these": leaving all boxes empty says nothing.
        alone = next((choice.text for choice in question.choices if choice.exclusive), "")
        return _("Check at least one, or “%(none)s”") % {"none": _(alone)}
    if question.kind == "single":
        return _("Choose the answer that fits best")
    if question.kind == "scale":
        return _("Choose a number from 0 to 10")
    return _("Enter a date") if question.kind == "date" else _("Enter a whole number")
