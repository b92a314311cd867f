"""The steps of the protocol, V1 to V6, as a package takes them when nobody chose otherwise.

Source: docs/clinical.md, "The six steps". What a package of the clinic takes stands in its
versions.
"""

# mypy: disallow-any-explicit

from dataclasses import dataclass

# The first step with jumps and running.
IMPACT_STEP = 3


@dataclass(frozen=True, slots=True)
class VisitRule:
    """One visit of a package: its step, 1 to 6, and its days after the visit before.

    Before `least_days` it is too early, after `most_days` late; None means never late. Both mean
    nothing for visit 1.
    """

    step: int
    least_days: int = 0
    most_days: int | None = None


@dataclass(frozen=True, slots=True)
class ProtocolStep:
    """One step of the protocol: what its visit is called and how long it takes, and its rule."""

    name: str
    minutes: int
    rule: VisitRule


STEPS = (
    ProtocolStep("Full evaluation", 90, VisitRule(1)),
    ProtocolStep("Strength base", 60, VisitRule(2, 7, 14)),
    ProtocolStep("Load and impact tests", 60, VisitRule(3, 7, 14)),
    ProtocolStep("First runs and form", 60, VisitRule(4, 7, 14)),
    ProtocolStep("Build", 60, VisitRule(5, 14, 21)),
    ProtocolStep("Graduate", 60, VisitRule(6, 14, 28)),
)
# The visits of Run Ready, the first package of every clinic.
RUN_READY = tuple(step.rule for step in STEPS)
EVALUATION_MINUTES = 90
