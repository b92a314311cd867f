"""The walk-run stages. PURE. Source: clinical reference, D.3 (OWN, built on S3)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """So many times `run_minutes` of running and `walk_minutes` of walking; 0 is walking alone."""

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
        """Minutes of the session, warm-up and cool-down apart."""
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
