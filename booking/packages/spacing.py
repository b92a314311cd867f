"""The spacing of the visits of a package: earliest dates, target dates and rules.

All dates are clinic dates. A visit counts from the date of the one before it: the completed date,
or the booked one while that is still ahead. Source: docs/clinical.md, "The six steps".
"""

# mypy: disallow-any-explicit

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from booking.catalog.protocol import IMPACT_STEP, VisitRule
from booking.reasons import Reason, msg

# The target latest date when the gate comes on or after the usual one, counted from the gate.
_DAYS_AFTER_GATE = 14
# After a longer gap, the full questionnaire is due again.
LONG_GAP_DAYS = 42


@dataclass(frozen=True, slots=True)
class PackageRules:
    """When the visits of one package may be: those of its version, and two dates after the birth.

    `first_visit_from` is the birth date + 42 days, `impact_from` + 84 days: before them visit 1
    and any visit with jumps and running are too early. `visits` begin with visit 1.
    """

    first_visit_from: date
    impact_from: date
    visits: tuple[VisitRule, ...]

    @property
    def numbers(self) -> range:
        """The numbers of the visits, from 1 on."""
        return range(1, len(self.visits) + 1)

    def for_visit(self, visit: int) -> VisitRule:
        """Return the rule of one visit."""
        return self.visits[visit - 1]

    def gate(self, visit: int) -> date:
        """Return the date before which one visit is too early whatever was before it."""
        if self.has_impact(visit):
            return self.impact_from
        return self.first_visit_from if visit == 1 else date.min

    def has_impact(self, visit: int) -> bool:
        """Return whether the visit is at or after the step that tries jumps and running."""
        return self.for_visit(visit).step >= IMPACT_STEP


@dataclass(frozen=True, slots=True)
class Window:
    """The dates of a visit: not before `earliest`, and late after `target_latest`.

    Late is allowed. `target_latest` is None where no date is late.
    """

    earliest: date
    target_latest: date | None


def window(visit: int, *, previous_on: date, rules: PackageRules) -> Window:
    """Return the window of one visit.

    `previous_on` is the date of the visit before, for visit 1 the day of enrolling.
    """
    gate, rule = rules.gate(visit), rules.for_visit(visit)
    if visit == 1:
        return Window(max(previous_on, gate), None)
    at_least = previous_on + timedelta(days=rule.least_days)
    if rule.most_days is None:
        return Window(max(at_least, gate), None)
    at_most = previous_on + timedelta(days=rule.most_days)
    if gate >= at_most:
        return Window(max(at_least, gate), gate + timedelta(days=_DAYS_AFTER_GATE))
    return Window(max(at_least, gate), at_most)


def reasons_not_to_book(
    visit: int,
    *,
    on: date,
    previous_on: date | None,
    rules: PackageRules,
    expires_on: date | None = None,
) -> list[Reason]:
    """Return why that visit may not be on that date; empty when it may.

    `previous_on` is as in `window`, None while the visit before has no date. `expires_on` is the
    last date on which a visit of the package may start, None while visit 1 has no date.
    """
    reasons = []
    if previous_on is None:
        reasons.append(previous_missing(visit))
    elif on < (earliest := window(visit, previous_on=previous_on, rules=rules).earliest):
        reasons.append(_too_early(visit, earliest, rules))
    if expires_on is not None and on > expires_on:
        reasons.append(_after_expiry(expires_on))
    return reasons


def warnings(
    visit: int,
    *,
    on: date,
    previous_on: date,
    rules: PackageRules,
    last_completed_on: date | None = None,
    intake_sent_on: date | None = None,
) -> list[Reason]:
    """Return what to say about a date that may be booked: that it is late, or a questionnaire due.

    Parameters are as in `reasons_not_to_book` and `needs_new_intake`.
    """
    found = []
    latest = window(visit, previous_on=previous_on, rules=rules).target_latest
    if latest is not None and on > latest:
        found.append(_late(visit, latest))
    if needs_new_intake(on=on, last_completed_on=last_completed_on, intake_sent_on=intake_sent_on):
        found.append(_intake_due())
    return found


def needs_new_intake(
    *, on: date, last_completed_on: date | None, intake_sent_on: date | None
) -> bool:
    """Return whether the gap before a visit makes the full questionnaire due again.

    When the visit is more than 42 days after the last completed one, the questionnaire must be sent
    between the two: after the date of that visit, and on the date of this one at the latest. It
    never stops booking, but without it the visit has no impact.
    """
    if last_completed_on is None or (on - last_completed_on).days <= LONG_GAP_DAYS:
        return False
    return intake_sent_on is None or not last_completed_on < intake_sent_on <= on


def misplaced(
    booked: Mapping[int, date],
    *,
    completed: Mapping[int, date],
    bought_on: date,
    rules: PackageRules,
    expires_on: date | None = None,
) -> dict[int, Reason]:
    """Return the booked visits whose date no longer fits the others, each with the reason.

    Both mappings are visit number to date; `expires_on` is as in `reasons_not_to_book`. Pages show
    the result to the patient and to staff; nothing is moved or cancelled because of it.
    """
    # Visit 1 counts from the day of buying as if that were a visit 0.
    dates = {0: bought_on, **completed, **booked}
    found = {}
    for visit, on in sorted(booked.items()):
        previous_on = dates.get(visit - 1)
        reasons = reasons_not_to_book(
            visit,
            on=on,
            previous_on=previous_on,
            rules=rules,
            # The last day counts from visit 1, so it cannot limit visit 1 itself.
            expires_on=expires_on if visit > 1 else None,
        )
        if reasons:
            found[visit] = reasons[0]
    return found


def _too_early(visit: int, earliest: date, rules: PackageRules) -> Reason:
    values = {"visit": visit, "earliest": earliest}
    # Past the gate, it is the days since the visit before that are missing.
    if earliest > rules.gate(visit):
        text = msg(
            "Visit %(visit)s can be from %(earliest)s on. "
            "The days between visits are part of the plan."
        )
        return Reason("too_early", text, values)
    if rules.has_impact(visit):
        text = msg(
            "Visit %(visit)s tries jumps and running, from 12 weeks after the birth: %(earliest)s."
        )
        return Reason("before_impact_gate", text, values)
    text = msg("The first visit can be from 6 weeks after the birth: %(earliest)s.")
    return Reason("before_first_gate", text, values)


def previous_missing(visit: int) -> Reason:
    """Return the reason that the visit before has no date yet."""
    text = msg("Please book visit %(previous)s first. Visit %(visit)s builds on it.")
    return Reason("previous_missing", text, {"visit": visit, "previous": visit - 1})


def _after_expiry(expires_on: date) -> Reason:
    text = msg("Your package runs until %(expires)s.")
    return Reason("after_expiry", text, {"expires": expires_on})


def _late(visit: int, latest: date) -> Reason:
    text = msg("Visit %(visit)s works best by %(latest)s. A later date is fine if you need it.")
    return Reason("late", text, {"visit": visit, "latest": latest})


def _intake_due() -> Reason:
    text = msg(
        "This is more than six weeks after your last visit. Please fill in the questions again "
        "before you come."
    )
    return Reason("intake_due", text)
