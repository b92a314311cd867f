"""What the forms of an episode say about birth, running and contraindications, in few words.

The words are shorter than those of the questions and speak about the patient. What no form says
has none: the page says that it is not known. Source: docs/clinical.md, "Questions of the full
intake" and "Questions of the check-in".
"""

# mypy: disallow-any-explicit

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from intake.questionnaire.definition import msg

Answers = Mapping[str, object]

DELIVERY: Mapping[str, str] = {
    "vaginal": msg("Vaginal"),
    "assisted": msg("Vaginal, forceps or vacuum"),
    "cesarean": msg("C-section"),
    "prefer_not": msg("Did not say"),
}
TEAR: Mapping[str, str] = {
    "none": msg("None"),
    "minor": msg("1st or 2nd degree, or a cut"),
    "severe": msg("3rd or 4th degree"),
    "unsure": msg("Patient is not sure"),
    "prefer_not": msg("Did not say"),
}
CLEARED: Mapping[str, str] = {
    "yes": msg("Doctor or midwife"),
    "limits": msg("Doctor or midwife, with limits"),
    "wait": msg("Nobody: told to wait"),
    "no_visit": msg("Nobody: no check-up, or not discussed"),
}
RUNNING: Mapping[str, str] = {
    "new": msg("No, new to running"),
    "paused": msg("Not since the birth"),
    "walk_run": msg("Walks and runs"),
    "running": msg("Runs without walk breaks"),
}
GOAL: Mapping[str, str] = {
    "comfort": msg("Jog and feel good"),
    "regular": msg("Run each week"),
    "race_soon": msg("Race in the next 12 weeks"),
    "race_later": msg("Race later on"),
    "other_sport": msg("Another sport with impact"),
    "unsure": msg("Patient is not sure"),
}
# Medicines and contraindications: what was ever said, what is true now, and what a check-in says.
HISTORY: Mapping[str, str] = {
    "heart_kidney": msg("Heart or kidney condition"),
    "clot": msg("Earlier blood clot"),
    "high_bp": msg("High blood pressure or preeclampsia"),
    "stress_fracture": msg("Earlier bone stress injury"),
}
PREGNANT = msg("May be pregnant")
BLEEDING_AGAIN = msg("Bleeding came back")
NOW: Mapping[str, str] = {
    "pregnant": PREGNANT,
    "unhealed": msg("Wound not healed"),
    "lump": msg("Lump in belly or groin"),
    "anemia": msg("Low iron"),
}
BLEEDING: Mapping[str, str] = {
    "lochia": msg("Still bleeding from the birth"),
    "returned": BLEEDING_AGAIN,
    "hormonal": msg("Hormonal birth control or IUD"),
    "prefer_not": msg("Did not say about bleeding"),
}
WARNINGS: Mapping[str, str] = {
    "pregnant": PREGNANT,
    "preg_sign": PREGNANT,
    "bleeding_back": BLEEDING_AGAIN,
    "heavy_bleeding": msg("Heavy bleeding"),
}
BREASTFEEDS = msg("Breastfeeds or pumps")
NOT_BREASTFEEDING = msg("Not breastfeeding")
NOT_ASKED = msg("Not asked")
NONE_RAISED = msg("None raised")
PARTLY_KNOWN = msg("the rest not known")
# No question is about medicines: a page must not read as if there were none.
MEDICINES = msg("medicines not asked")

# The questions whose answers the line shows, for the audit trail.
INTAKE_QUESTIONS = (
    "bg.birth_date",
    "bg.delivery",
    "bg.tear",
    "bg.now",
    "bg.clearance",
    "bg.running",
    "bg.goal",
    "bg.history",
    "bg.bleeding",
)


@dataclass(frozen=True)
class StatedFacts:
    """What the forms say, each fact as English texts to be translated; none means not known."""

    delivery: Sequence[str]
    tear: Sequence[str]
    feeding: Sequence[str]
    cleared: Sequence[str]
    running: Sequence[str]
    goal: Sequence[str]
    raised: Sequence[str]


def said(intakes: Sequence[Answers], checkins: Sequence[Answers] = ()) -> StatedFacts:
    """Return what these forms of one episode say.

    `intakes` are the effective answers of its full intakes, the one that counts first; `checkins`
    those of the check-ins since then. How she gave birth, and what she ever had, an older intake
    may have said; the rest changes, and only the first intake counts.
    """
    now = intakes[0] if intakes else {}
    return StatedFacts(
        delivery=_first(DELIVERY, "bg.delivery", intakes),
        tear=_tear(intakes),
        feeding=_feeding(now),
        cleared=_first(CLEARED, "bg.clearance", [now]),
        running=_first(RUNNING, "bg.running", [now]),
        goal=_first(GOAL, "bg.goal", [now]),
        raised=_raised(now, intakes, checkins),
    )


def _first(words: Mapping[str, str], question: str, intakes: Iterable[Answers]) -> Sequence[str]:
    """Return the words for the first known answer, none if no form has one."""
    answers = (_one(answers.get(question)) for answers in intakes)
    return next(([words[answer]] for answer in answers if answer in words), [])


def _one(value: object) -> str:
    return value if isinstance(value, str) else ""


def _many(value: object) -> Sequence[str]:
    """Return the choices of an answer: stored ones are lists, cleaned ones tuples."""
    if not isinstance(value, (list, tuple)):
        return []
    return [one for one in value if isinstance(one, str)]


def _tear(intakes: Sequence[Answers]) -> Sequence[str]:
    if known := _first(TEAR, "bg.tear", intakes):
        return known
    # The question is asked after a vaginal birth only.
    birth = next((one for answers in intakes if (one := _one(answers.get("bg.delivery")))), "")
    return [NOT_ASKED] if birth in ("cesarean", "prefer_not") else []


def _feeding(now: Answers) -> Sequence[str]:
    choices = _many(now.get("bg.now"))
    if not choices:
        return []
    return [BREASTFEEDS if "breastfeeding" in choices else NOT_BREASTFEEDING]


def _raised(now: Answers, intakes: Sequence[Answers], checkins: Sequence[Answers]) -> Sequence[str]:
    """Return what speaks against impact, and how much of it was asked."""
    history = [one for answers in intakes for one in _many(answers.get("bg.history"))]
    warnings = [one for answers in checkins for one in _many(answers.get("ci.warning"))]
    found = [
        *_named(HISTORY, history),
        *_named(NOW, _many(now.get("bg.now"))),
        *_named(BLEEDING, [_one(now.get("bg.bleeding"))]),
        *_named(WARNINGS, warnings),
    ]
    asked = ("bg.history", "bg.now", "bg.bleeding")
    is_whole = all(now.get(question) for question in asked)
    if not found:
        return [NONE_RAISED, MEDICINES] if is_whole else []
    return [*dict.fromkeys(found), *([] if is_whole else [PARTLY_KNOWN]), MEDICINES]


def _named(words: Mapping[str, str], choices: Iterable[str]) -> list[str]:
    # In the order of the table, whatever order the forms have.
    chosen = set(choices)
    return [name for choice, name in words.items() if choice in chosen]
