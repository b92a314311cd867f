"""What to do between visits: home plans and walk-run stages.

Source: docs/clinical.md, "The six visits" and "Walk-run stages".
"""

# mypy: disallow-any-explicit

from collections.abc import Mapping
from dataclasses import dataclass

from intake.questionnaire.definition import msg

# What to do at home from each visit until the next. Source: OWN, built on S1, S2, S3 and S20.
HOME_PLANS: Mapping[int, str] = {
    1: msg(
        "Breath and pressure skills, your pelvic floor plan, strength on 2 or 3 days a week, and "
        "walking up to 30 minutes."
    ),
    2: msg(
        "Heavier work on one leg, walking hills, and first steps toward jumping without leaving "
        "the ground: heel drops and quick step-ups."
    ),
    3: msg(
        "If you were told you are ready: stage 1 of your walk-run plan. If not: low jumps and "
        "strength."
    ),
    4: msg("Walk-run on 3 days a week and strength on 2."),
    5: msg("Go on with your stages; run without a break when you are ready."),
    6: msg("Your own plan for 12 weeks. Come back after 3 months, or after another birth."),
}


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
