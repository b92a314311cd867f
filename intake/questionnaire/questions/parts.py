"""What a questionnaire is made of: sections of questions with their choices."""

# mypy: disallow-any-explicit

from dataclasses import dataclass
from functools import cached_property

from intake.questionnaire.conditions import ALWAYS, Condition

KINDS = ("multi", "single", "scale", "integer", "date", "text")


def msg(text: str) -> str:
    """Mark a text for translation and return it unchanged; templates and deeds translate it."""
    return text


@dataclass(frozen=True)
class Choice:
    """One answer to tick. An exclusive choice ("None of these") stands alone."""

    id: str
    text: str
    exclusive: bool = False


@dataclass(frozen=True)
class Question:
    """One question and the condition under which it is shown.

    `minimum` and `maximum` bound a scale or an integer. `why` is the text behind "Why we ask".
    """

    id: str
    kind: str
    text: str
    hint: str = ""
    why: str = ""
    choices: tuple[Choice, ...] = ()
    required: bool = True
    minimum: int | None = None
    maximum: int | None = None
    shown: Condition = ALWAYS

    @cached_property
    def choice_ids(self) -> tuple[str, ...]:
        """The ids of the choices, in the order shown."""
        return tuple(choice.id for choice in self.choices)

    @cached_property
    def exclusive_ids(self) -> tuple[str, ...]:
        """The ids of the choices that stand alone."""
        return tuple(choice.id for choice in self.choices if choice.exclusive)

    @cached_property
    def asks_danger_signs(self) -> bool:
        """Whether an unreadable answer beside "None of these" must not count as none."""
        return self.id.startswith("safety.") or self.id == "ci.warning"


@dataclass(frozen=True)
class Section:
    """The questions of one page."""

    number: int
    slug: str
    title: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Questionnaire:
    """One version of a form. The order of its questions is the order of everything else."""

    id: str
    version: str
    sections: tuple[Section, ...]

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Every question, in order."""
        return tuple(question for section in self.sections for question in section.questions)

    @cached_property
    def _by_id(self) -> dict[str, Question]:
        return {question.id: question for question in self.questions}

    def question(self, question_id: str) -> Question:
        """Return the question with this id, or raise KeyError."""
        return self._by_id[question_id]
