"""What to do between visits: home plans and walk-run stages.

Source: docs/clinical.md, "The six steps" and "Walk-run stages".
"""

# mypy: disallow-any-explicit

from collections.abc import Mapping
from dataclasses import dataclass

from intake.questionnaire.definition import msg

# What to do at home from each step until the next, for whoever has begun to run where that makes a
# difference. No plan names a stage: the record sets it, and the plan must not say another one.
# Source: OWN, built on S1, S2, S3 and S20.
HOME_PLANS: Mapping[int, str] = {
    1: msg(
        "Breath and pressure skills, your pelvic floor plan, strength on 2 or 3 days a week, and "
        "walking up to 30 minutes."
    ),
    2: msg(
        "Heavier work on one leg, walking hills, and first steps toward jumping without leaving "
        "the ground: heel drops and quick step-ups."
    ),
    3: msg("Walk-run on 3 days a week, at the stage your plan shows, and strength on 2."),
    4: msg("Walk-run on 3 days a week and strength on 2."),
    5: msg("Go on with your stages; run without a break when you are ready."),
    6: msg("Your own plan for 12 weeks. Come back after 3 months, or after another birth."),
}
# The steps after which she may run, and what to do instead while no stage from 1 on is set.
_RUNNING_STEPS = (3, 4, 5)
PLAN_WITHOUT_RUNNING = msg("Low jumps and strength. No running yet.")
PLAN_WITHOUT_IMPACT = msg("Strength and brisk walking. No running and no jumping for now.")
# It was suggested after step 3 until the plan followed the stage, and stands in stored records.
FORMER_PLAN = msg(
    "If you were told you are ready: stage 1 of your walk-run plan. If not: low jumps and strength."
)
SUGGESTED_PLANS = (*HOME_PLANS.values(), PLAN_WITHOUT_RUNNING, PLAN_WITHOUT_IMPACT, FORMER_PLAN)


def suggested_plan(step: int | None, stage: int | None, *, may_have_impact: bool = True) -> str:
    """Return the home plan to suggest after a visit, in English, to be translated.

    `step` is that of the protocol, None for a follow-up, for which none is suggested. `stage` is
    the walk-run stage set at that visit. Source: docs/clinical.md, "The six steps".
    """
    if step is None:
        return ""
    if step not in _RUNNING_STEPS or stage:
        return HOME_PLANS[step]
    return PLAN_WITHOUT_RUNNING if may_have_impact else PLAN_WITHOUT_IMPACT


@dataclass(frozen=True)
class Stage:
    """A walk-run stage: `repeats` times `run_minutes` of running, then `walk_minutes` of walking.

    Stage 0 is walking alone.
    """

    number: int
    run_minutes: int
    walk_minutes: int
    repeats: int

    @property
    def total_run_minutes(self) -> int:
        """Minutes of running in one session."""
        return self.run_minutes * self.repeats

    @property
    def total_minutes(self) -> int:
        """Minutes of one session without warm-up and cool-down."""
        return (self.run_minutes + self.walk_minutes) * self.repeats


STAGES = (
    Stage(0, 0, 30, 1),
    Stage(1, 1, 2, 6),
    Stage(2, 1, 1, 8),
    Stage(3, 2, 1, 6),
    Stage(4, 3, 1, 5),
    Stage(5, 5, 1, 4),
    Stage(6, 8, 1, 3),
    Stage(7, 12, 1, 2),
    Stage(8, 25, 0, 1),
    Stage(9, 30, 0, 1),
)
MOST_STAGE = STAGES[-1].number
