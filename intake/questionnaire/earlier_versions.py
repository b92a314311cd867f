"""The forms in the words of earlier versions, for showing and reading what was sent in them.

A version that only rewords keeps every id, order and condition of the one after it, so it is that
one with its former texts. Its fingerprint in the tests says that nothing else differs.
"""

# mypy: disallow-any-explicit

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from intake.questionnaire.definition import CHECKIN, INTAKE, Question, Questionnaire, msg


@dataclass(frozen=True)
class Former:
    """What a question said in an earlier version; `choices` are texts by choice id."""

    hint: str | None = None
    choices: Mapping[str, str] = field(default_factory=dict)


_INTAKE_1_1 = {
    "safety.emergency": Former(
        hint=msg("We ask everyone. Most people check “None of these.”"),
        choices={"faint": msg("Fainting, or so dizzy you could not stand")},
    ),
}
_CHECKIN_1_1 = {
    "ci.warning": Former(
        choices={
            "chest_breath": msg(
                "Chest pain, trouble breathing, a pounding heart, fainting, or a seizure. Or a "
                "drooping face, weakness on one side, or trouble speaking"
            )
        },
    ),
}


def _before_1_2(form: Questionnaire, version: str, former: Mapping[str, Former]) -> Questionnaire:
    """Return the form as it was before 1.2: in its former words, and without "Why we ask"."""
    sections = tuple(
        replace(
            section,
            questions=tuple(
                replace(_as_it_was(question, former), why_we_ask="")
                for question in section.questions
            ),
        )
        for section in form.sections
    )
    return replace(form, version=version, sections=sections)


def _as_it_was(question: Question, former: Mapping[str, Former]) -> Question:
    said = former.get(question.id, Former())
    return replace(
        question,
        hint=question.hint if said.hint is None else said.hint,
        choices=tuple(
            replace(choice, text=said.choices.get(choice.id, choice.text))
            for choice in question.choices
        ),
    )


# By the id of the form: every version, the oldest first and the one in force last.
VERSIONS: Mapping[str, Sequence[Questionnaire]] = {
    INTAKE.id: (_before_1_2(INTAKE, "1.1", _INTAKE_1_1), INTAKE),
    CHECKIN.id: (_before_1_2(CHECKIN, "1.1", _CHECKIN_1_1), CHECKIN),
}


def form_in(form_id: str, version: str) -> Questionnaire:
    """Return the form ("intake" or "checkin") in that version, in force if it is not known.

    Raises KeyError for another form.
    """
    found = {form.version: form for form in VERSIONS[form_id]}
    return found.get(version, VERSIONS[form_id][-1])
