"""Words on the page of a record: walk-run stages, and what the patient's own form says of her."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from intake.models import Intake
from intake.questionnaire.definition import INTAKE
from intake.visit_records.stage_rise import StageFacts
from intake.visit_records.walk_run import STAGES, Stage


def stage_words(stage: Stage) -> str:
    """Return what one session of a walk-run stage consists of."""
    if not stage.run_minutes:
        return _("Brisk walk, %(m)s minutes") % {"m": stage.walk_minutes}
    if not stage.walk_minutes:
        return _("Run %(m)s minutes without a break") % {"m": stage.run_minutes}
    return _("Run %(run)s, walk %(walk)s, %(n)s times") % {
        "run": stage.run_minutes,
        "walk": stage.walk_minutes,
        "n": stage.repeats,
    }


def stage_choices(facts: StageFacts) -> list[tuple[str, object]]:
    """Return the choices of the stage: what needs no reason first, then the rest, highest last."""

    def option(stage: Stage) -> tuple[str, str]:
        return str(stage.number), f"{stage.number}: {stage_words(stage)}"

    free = [option(one) for one in STAGES if one.number <= facts.highest]
    asked = [option(one) for one in STAGES if one.number > facts.highest]
    # What is next stands above what she has behind her.
    choices: list[tuple[str, object]] = [("", _("Not set")), (_("May be set"), free[::-1])]
    return [*choices, (_("Only with a reason"), asked)] if asked else choices


def before_words(facts: StageFacts) -> str:
    """Return the sentence about the stage that was signed before this visit."""
    if facts.previous is None:
        return _("No stage was signed before in this package.")
    return _("Last signed stage: %(n)s.") % {"n": facts.previous}


@dataclass(frozen=True)
class Background:
    """What the latest full intake says of a patient, in words; "" for what it does not say."""

    form: Intake
    goal: str
    delivery: str
    feeding: str

    @property
    def lines(self) -> Sequence[tuple[str, str]]:
        """The facts as (name, words)."""
        unknown = _("not answered")
        return [
            (_("Goal"), self.goal or unknown),
            (_("Delivery"), self.delivery or unknown),
            (_("Feeding"), self.feeding or unknown),
        ]


def background_of(form: Intake) -> Background:
    """Return what a sent full intake says. Opens sealed answers: callers audit."""
    answers = form.answers or {}
    now = answers.get("bg.now")
    feeding = ""
    # An answer without it says that she does not; no answer says nothing.
    if now:
        feeding = _("breastfeeds or pumps") if "breastfeeding" in now else _("does not breastfeed")
    return Background(
        form=form,
        goal=_choice("bg.goal", answers.get("bg.goal")),
        delivery=_choice("bg.delivery", answers.get("bg.delivery")),
        feeding=feeding,
    )


def _choice(question: str, chosen: object) -> str:
    texts = {choice.id: choice.text for choice in INTAKE.question(question).choices}
    # A choice that a later version of the form no longer has stands for itself.
    return _(texts[chosen]) if isinstance(chosen, str) and chosen in texts else str(chosen or "")
