"""A quiet intake and a quiet check-in, and the changes tests make to them."""

from collections.abc import Mapping
from datetime import date, timedelta

from intake.questionnaire.definition import CHECKIN, INTAKE, Questionnaire
from intake.triage.evaluate import CheckinResult, Result, evaluate_checkin, evaluate_intake
from intake.triage.sample_answers import completed

AS_OF = date(2025, 11, 22)

Raw = dict[str, object]


def born(days: int) -> str:
    """Return the birth date that lies so many days before AS_OF."""
    return (AS_OF - timedelta(days=days)).isoformat()


# Nothing is wrong: 20 weeks after the birth, ran before, not yet again. A question that is not here
# is answered by `completed`, so a new question needs no line.
QUIET_INTAKE: Raw = {
    "safety.emergency": ["none"],
    "safety.body": ["none"],
    "safety.mind": ["none"],
    "bg.birth_date": born(140),
    "bg.delivery": "vaginal",
    "bg.tear": "none",
    "bg.clearance": "yes",
    "bg.bleeding": "period",
    "bg.history": ["none"],
    "bg.now": ["none"],
    "bg.running": "paused",
    "bg.goal": "comfort",
    "leak.when": ["none"],
    "heavy.frequency": "never",
    "pain.areas": ["none"],
    "ready.load": "walk30",
    "ready.sleep": 7,
    "ready.energy": ["none"],
    "ready.mood": "never",
    "ready.worry": 2,
    "care.note": "Please tell me before each step.",
}

QUIET_CHECKIN: Raw = {
    "ci.warning": ["none"],
    "ci.leak_frequency": "never",
    "ci.heavy_frequency": "never",
    "ci.pain_worst": 0,
    "ci.load": "walk30",
    "ci.worry": 2,
}


def intake(*changes: Mapping[str, object]) -> Raw:
    """Return the quiet intake with these answers changed; None removes an answer.

    Every question that the changes bring up is answered too.
    """
    return _changed(INTAKE, QUIET_INTAKE, changes)


def checkin(*changes: Mapping[str, object]) -> Raw:
    """Return the quiet check-in with these answers changed; None removes an answer.

    Every question that the changes bring up is answered too.
    """
    return _changed(CHECKIN, QUIET_CHECKIN, changes)


def final(*changes: Mapping[str, object]) -> Result:
    """Return the final judgment of the changed quiet intake."""
    return evaluate_intake(intake(*changes), as_of=AS_OF, mode="final")


def partial(*changes: Mapping[str, object]) -> Result:
    """Return the partial judgment of the changed quiet intake."""
    return evaluate_intake(intake(*changes), as_of=AS_OF, mode="partial")


def checked_in(*changes: Mapping[str, object], **earlier: object) -> CheckinResult:
    """Return the judgment of the changed quiet check-in.

    `earlier` are the scores and the leak amount with which it is compared.
    """
    return evaluate_checkin(checkin(*changes), as_of=AS_OF, **earlier)  # type: ignore[arg-type]


def case(answers: object = None, **changes: object) -> Raw:
    """Return a case for `screen` with the quiet intake; a change to None is written as null."""
    quiet = {
        "id": "a1",
        "kind": "intake",
        "mode": "final",
        "as_of": AS_OF.isoformat(),
        "answers": intake() if answers is None else answers,
    }
    return quiet | changes


def leaking(when: object = "cough", frequency: str = "weekly", amount: str = "drops") -> Raw:
    """Return the answers of section 4 with a leak."""
    return {
        "leak.when": [when] if isinstance(when, str) else when,
        "leak.frequency": frequency,
        "leak.amount": amount,
        "leak.bother": 3,
    }


def heavy(frequency: str = "monthly", bulge: str = "no") -> Raw:
    """Return the answers of section 5 with heaviness."""
    return {"heavy.frequency": frequency, "heavy.bulge": bulge, "heavy.bother": 3}


def hurting(*signs: str, area: str = "knee", worst: int = 2) -> Raw:
    """Return the answers of section 6 with pain in one area."""
    return {"pain.areas": [area], "pain.worst": worst, "pain.signs": list(signs) or ["none"]}


def running(how: str = "running", response: str = "fine") -> Raw:
    """Return the answers of somebody who runs."""
    return {"bg.running": how, "ready.run_response": response}


def weeks_ago(weeks: int) -> Raw:
    """Return a birth exactly so many weeks before AS_OF."""
    return {"bg.birth_date": born(7 * weeks)}


def _changed(form: Questionnaire, base: Raw, changes: tuple[Mapping[str, object], ...]) -> Raw:
    merged = dict(base)
    for change in changes:
        merged |= change
    whole = completed(form, merged, as_of=AS_OF)
    return {question: value for question, value in whole.items() if value is not None}
