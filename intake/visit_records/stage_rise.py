"""How far the walk-run stage may rise at a visit before a clinician has to say why.

Source: docs/clinical.md, "Walk-run stages" (one stage at a time; OWN, built on S3), "The six
visits" (whoever is ready starts at stage 1) and the outcomes of a check-in.
"""

# mypy: disallow-any-explicit

from collections.abc import Mapping
from dataclasses import dataclass

from booking.reasons import Reason, msg
from intake.visit_records.walk_run import MOST_STAGE

FIRST_STAGE = 1


@dataclass(frozen=True)
class StageFacts:
    """Where the patient stands before this visit.

    `previous` is the stage of her last signed record of the same package, None where none is set.
    `checkin` is the outcome of her last check-in ("progress", "repeat_stage", "hold_impact" or
    "stop"), "" without one.
    """

    previous: int | None = None
    checkin: str = ""

    @property
    def is_held(self) -> bool:
        """Whether the last check-in says that she stays where she is."""
        return self.checkin in _HELD

    @property
    def highest(self) -> int:
        """The highest stage that needs no reason. Readiness is asked apart from this."""
        if self.is_held:
            return self.previous or 0
        return FIRST_STAGE if self.previous is None else min(self.previous + 1, MOST_STAGE)


# Progress, and no check-in at all, let the stage rise.
_HELD: Mapping[str, Reason] = {
    "repeat_stage": Reason(
        "checkin_repeat_stage",
        msg("The last check-in says: repeat the stage. To go up, write the reason for the stage."),
    ),
    "hold_impact": Reason(
        "checkin_hold_impact",
        msg("The last check-in says: hold impact. To go up, write the reason for the stage."),
    ),
    "stop": Reason(
        "checkin_stop",
        msg("The last check-in says: stop. To go up, write the reason for the stage."),
    ),
}


def reasons_against_stage(stage: int | None, facts: StageFacts) -> list[Reason]:
    """Return why this stage needs a clinician's reason; empty when it needs none.

    Staying and going down need none, and no stage is none.
    """
    reasons = []
    if stage is not None and facts.is_held and stage > facts.highest:
        reasons.append(_HELD[facts.checkin])
    if stage is not None and stage > _by_one(facts.previous):
        reasons.append(_too_far(stage, facts.previous))
    return reasons


def _by_one(previous: int | None) -> int:
    """Return the highest stage that is one step from the previous one."""
    return FIRST_STAGE if previous is None else previous + 1


def _too_far(stage: int, previous: int | None) -> Reason:
    if previous is None:
        text = msg(
            "No stage was signed before in this package: it begins with stage 0 or 1. For stage "
            "%(stage)s, write the reason for the stage."
        )
        return Reason("stage_too_far", text, {"stage": stage})
    text = msg(
        "The stage rises by one at a time, and the last signed one is stage %(previous)s. For "
        "stage %(stage)s, write the reason for the stage."
    )
    return Reason("stage_too_far", text, {"previous": previous, "stage": stage})
