"""Words for a record: tests, walk-run stages, and what the patient's own form says of her."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from intake.models import Intake
from intake.questionnaire.definition import INTAKE
from intake.visit_records.batteries import ITEMS, Item, Recorded, result_of
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


def words_of_tests(tests: Mapping[str, Recorded]) -> list[tuple[str, str]]:
    """Return each recorded test as (name, what was seen and what it means), as the page has them.

    "left 10 reps, right 9 reps; pain 2 of 10; leak: fail".
    """
    return [
        (_(item.name), f"{'; '.join(_seen(item, tests[key]))}: {_result(item, tests[key])}")
        for key, item in ITEMS.items()
        if key in tests
    ]


def _seen(item: Item, test: Recorded) -> list[str]:
    unit = _(item.unit)
    names = (_("left"), _("right")) if item.is_sided else ("",)
    amounts = [
        f"{name} {amount} {unit}".strip()
        for name, amount in zip(names, test.amounts(item), strict=True)
        if amount is not None
    ]
    pain = [] if test.pain is None else [_("pain %(n)s of 10") % {"n": test.pain}]
    symptoms = ((test.leak, _("leak")), (test.heaviness, _("heavy")), (test.limp, _("limp")))
    found = [*([", ".join(amounts)] if amounts else []), *pain]
    return [*found, *(words for is_seen, words in symptoms if is_seen)] or [_("nothing recorded")]


def _result(item: Item, test: Recorded) -> str:
    words = {"pass": _("pass"), "borderline": _("borderline"), "fail": _("fail")}
    return words.get(result_of(item, test), _("not tested"))


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
