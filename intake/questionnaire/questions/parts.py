"""The parts of a questionnaire: sections, questions and choices."""

# mypy: disallow-any-explicit

from dataclasses import dataclass
from functools import cached_property

from intake.questionnaire.conditions import ALWAYS, Condition

KINDS = ("multi", "single", "scale", "integer", "date", "text")


def msg(text: str) -> str:
    """Return the text unchanged, marked for translation where it is shown.

    Not gettext itself: these modules import no Django, and a text has to be translated anew for
    each reader.
    """
    return text


@dataclass(frozen=True)
class Choice:
    """One possible answer. An exclusive choice ("None of these") stands alone."""

    id: str
    text: str
    exclusive: bool = False


@dataclass(frozen=True)
class Question:
    """One question and the condition under which it is shown.

    `kind` is one of KINDS. `minimum` and `maximum` are the limits of a scale or an integer, both
    allowed. `why` is the clinical reason, for staff and the reference; `why_we_ask` is what the
    patient reads behind "Why we ask".
    """

    id: str
    kind: str
    text: str
    hint: str = ""
    why: str = ""
    why_we_ask: str = ""
    choices: tuple[Choice, ...] = ()
    required: bool = True
    minimum: int | None = None
    maximum: int | None = None
    shown: Condition = ALWAYS

    @cached_property
    def choice_ids(self) -> tuple[str, ...]:
        """Return the ids of the choices, in the order shown."""
        return tuple(choice.id for choice in self.choices)

    @cached_property
    def exclusive_ids(self) -> tuple[str, ...]:
        """Return the ids of the choices that stand alone."""
        return tuple(choice.id for choice in self.choices if choice.exclusive)

    @cached_property
    def asks_danger_signs(self) -> bool:
        """Return whether the question asks for danger signs.

        Its "None of these" does not count beside a choice that cannot be read.
        """
        return self.id.startswith("safety.") or self.id == "ci.warning"


@dataclass(frozen=True)
class Section:
    """The questions of one page; sections are numbered from 1."""

    number: int
    slug: str
    title: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Questionnaire:
    """One version of a form. Answers, pages and exports follow the order of its questions."""

    id: str
    version: str
    sections: tuple[Section, ...]

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Return every question, in order."""
        return tuple(question for section in self.sections for question in section.questions)

    @cached_property
    def _by_id(self) -> dict[str, Question]:
        return {question.id: question for question in self.questions}

    def question(self, question_id: str) -> Question:
        """Return the question with this id, or raise KeyError."""
        return self._by_id[question_id]
