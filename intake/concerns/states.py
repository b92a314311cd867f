"""How the state of a concern follows from what happens. Plain functions, no database.

Source: docs/decisions/0051-concerns-and-tasks.md; docs/clinical.md, "What follows from the flags".
"""

# mypy: disallow-any-explicit

OPEN, TAKEN_BACK, LOOK_AGAIN = "open", "taken_back", "look_again"
IMPACT_HELD, REFERRED, RESOLVED, MERGED = "impact_held", "referred", "resolved", "merged"
# Of two concerns of one rule the stricter state counts. Who is to look stands before who looked.
STRICTEST_FIRST = (OPEN, LOOK_AGAIN, IMPACT_HELD, REFERRED, TAKEN_BACK)

# The marks of a clinician, and the state each leads to.
REVIEWED, OVERRIDDEN = "reviewed", "overridden"
MARKS = {
    REVIEWED: RESOLVED,
    OVERRIDDEN: RESOLVED,
    "impact_held": IMPACT_HELD,
    "referred": REFERRED,
}


def after_firing(state: str | None) -> str:
    """Return the state after the rule fired again; None for a rule without a concern.

    What a clinician held or referred out is looked at again, and stays held meanwhile.
    """
    return LOOK_AGAIN if state in (LOOK_AGAIN, IMPACT_HELD, REFERRED) else OPEN


def after_taking_back(state: str, *, is_only_evidence: bool) -> str:
    """Return the state after the patient took the answer back before sending.

    `is_only_evidence` says that no other form of hers fired the rule. What a clinician has marked,
    and what stands on another form, stays as it is.
    """
    return TAKEN_BACK if state == OPEN and is_only_evidence else state


def resolves(mark: str) -> bool:
    """Return whether this mark ends a concern."""
    return MARKS.get(mark) == RESOLVED


def stricter_state(one: str, other: str) -> str:
    """Return the stricter of two states that are not resolved."""
    return min(one, other, key=STRICTEST_FIRST.index)
