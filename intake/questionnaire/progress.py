"""Where a patient is in the questionnaire."""

# mypy: disallow-any-explicit

from collections.abc import Collection, Mapping
from datetime import date

from intake.questionnaire.answers import FINAL, Answers, clean
from intake.questionnaire.definition import INTAKE, Question, Section

SECTIONS: Mapping[str, Section] = {section.slug: section for section in INTAKE.sections}


def answers_so_far(raw: Mapping[str, object], today: date) -> Answers:
    """Return the effective answers among what was saved."""
    return clean(INTAKE, raw, today)


def shown(section: Section, answers: Answers) -> list[Question]:
    """Return the questions of the section that apply now."""
    return [question for question in section.questions if question.id in answers.visible]


def is_complete(section: Section, answers: Answers) -> bool:
    """Tell whether no question of the section that applies lacks a required answer."""
    return not any(answers.missing(question.id, FINAL) for question in section.questions)


def first_gap(answers: Answers, saved: Collection[str]) -> Section | None:
    """Return the first section that was not saved or lacks a required answer, or None."""
    return next(
        (
            section
            for section in INTAKE.sections
            if section.slug not in saved or not is_complete(section, answers)
        ),
        None,
    )


def section_after(section: Section, answers: Answers, saved: Collection[str]) -> Section | None:
    """Return where she goes on after a page, or None: nothing is missing, the answers are checked.

    The first time she passes through the pages in their order. Once every page was saved, a change
    leads straight to the first question it brought up.
    """
    gap = first_gap(answers, saved)
    if gap is None or section.number >= gap.number:
        return gap
    return gap if set(SECTIONS) <= set(saved) else INTAKE.sections[section.number]


def sections_asking(questions: Collection[str]) -> list[Section]:
    """Return the sections that hold any of these questions, in order."""
    return [
        section
        for section in INTAKE.sections
        if any(question.id in questions for question in section.questions)
    ]


def previous(section: Section) -> Section | None:
    """Return the section before, or None for the first."""
    return INTAKE.sections[section.number - 2] if section.number > 1 else None
