"""How far a patient has come in the questionnaire, and which section comes next."""

# mypy: disallow-any-explicit

from collections.abc import Collection, Mapping
from datetime import date

from intake.questionnaire.answers import FINAL, Answers, clean
from intake.questionnaire.definition import INTAKE, Question, Section

SECTIONS: Mapping[str, Section] = {section.slug: section for section in INTAKE.sections}


def answers_so_far(raw: Mapping[str, object], today: date) -> Answers:
    """Return the effective answers of a full intake, from what was saved of it."""
    return clean(INTAKE, raw, today)


def shown(section: Section, answers: Answers) -> list[Question]:
    """Return the questions of the section that apply now."""
    return [question for question in section.questions if question.id in answers.visible]


def is_complete(section: Section, answers: Answers) -> bool:
    """Return whether every required question of the section that applies is answered."""
    return not any(answers.missing(question.id, FINAL) for question in section.questions)


def first_gap(answers: Answers, saved: Collection[str]) -> Section | None:
    """Return the first section that was not saved or lacks a required answer, or None.

    `saved` holds the slugs of the sections saved so far.
    """
    # Complete is not enough: a section of optional questions must have been seen once.
    return next(
        (
            section
            for section in INTAKE.sections
            if section.slug not in saved or not is_complete(section, answers)
        ),
        None,
    )


def section_after(section: Section, answers: Answers, saved: Collection[str]) -> Section | None:
    """Return the section to show after this one, or None when nothing is missing.

    The first time through, the sections follow in order. Once all of them have been saved, a change
    leads straight to the first section with a question it brought up.
    """
    gap = first_gap(answers, saved)
    if gap is None or section.number >= gap.number:
        return gap
    # Sections are numbered from 1: at index `number` is the one after this.
    return gap if set(SECTIONS) <= set(saved) else INTAKE.sections[section.number]


def sections_asking(questions: Collection[str]) -> list[Section]:
    """Return the sections that contain any of these questions, in order."""
    return [
        section
        for section in INTAKE.sections
        if any(question.id in questions for question in section.questions)
    ]


def previous(section: Section) -> Section | None:
    """Return the section before, or None for the first."""
    # Sections are numbered from 1, the tuple from 0.
    return INTAKE.sections[section.number - 2] if section.number > 1 else None
