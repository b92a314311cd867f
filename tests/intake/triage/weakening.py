"""Weakens every rule, one field at a time, and counts what the tests notice.

    python -m tests.intake.triage.weakening

The weakened rules stand in for the real ones while the tests themselves are called. Prints how many
changes of each kind the two checks noticed, and each that went unnoticed; exits with 1 if any did.
With --table-from-the-code the expected values are copied from the rules under test, the fault this
guards against: then nearly all go unnoticed.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from unittest.mock import patch

from intake.triage import evaluate as triage
from intake.triage.rules import ACTIONS, CHECKIN_RULES, DOMAINS, INTAKE_RULES, LEVELS, Rule
from tests.intake.triage import (
    rule_table,
    test_rule_table,
    test_rules_caution,
    test_rules_checkin,
    test_rules_red,
    test_rules_urgent,
)
from tests.intake.triage.rule_cases import Cases
from tests.intake.triage.rule_table import NO_DOMAIN, row_of

FAULT = "--table-from-the-code"

# Every other value of each field: a change that looks harmless here is one somebody has to decide.
KINDS: dict[str, tuple[object, ...]] = {
    "action": (*ACTIONS, None),
    "level": LEVELS,
    "domain": (*DOMAINS, NO_DOMAIN),
    "eval_first": (True, False),
}

# Says whether the tests pass for this rule, with the rules that are in force at the moment.
Check = Callable[[str], bool]


@dataclass(frozen=True)
class Mutant:
    """The rules of both forms with one field of one rule changed."""

    kind: str
    rule_id: str
    value: object
    intake: tuple[Rule, ...]
    checkin: tuple[Rule, ...]

    def __str__(self) -> str:
        return f"{self.rule_id} with {self.kind} {self.value!r}"


def mutants() -> Iterator[Mutant]:
    """Yield every rule with every other value of every field that decides something.

    A rule that has no row in the table or no case yet is left out: tests of their own say so.
    """
    known = rule_table.TABLE.keys() & _CASE_TESTS.keys()
    for rule in (one for one in (*INTAKE_RULES, *CHECKIN_RULES) if one.id in known):
        for kind, values in KINDS.items():
            for value in values:
                if value != getattr(rule, kind):
                    weak = replace(rule, **{kind: value})
                    sets = (_swap(rules, weak) for rules in (INTAKE_RULES, CHECKIN_RULES))
                    yield Mutant(kind, rule.id, value, *sets)


def survivors(weak: Iterable[Mutant], check: Check) -> list[Mutant]:
    """Return the mutants with which this check still passes."""
    return [mutant for mutant in weak if _survives(mutant, check)]


def by_the_table(rule_id: str) -> bool:
    """Compare the rules themselves with the table."""
    return _pass(
        [
            test_rule_table.test_the_intake_has_the_rules_of_the_table_and_no_other,
            test_rule_table.test_the_check_in_has_the_rules_of_the_table_and_no_other,
        ]
    )


def by_results(rule_id: str) -> bool:
    """Judge the answers with which the rule fires, and compare the results with the table."""
    return _pass(_CASE_TESTS[rule_id])


CHECKS: tuple[Check, ...] = (by_the_table, by_results)


def asking_the_code(check: Check) -> Check:
    """Return the check with a table that is copied from the rules in force: the fault to avoid."""

    def check_by_the_code(rule_id: str) -> bool:
        intake = {rule.id: row_of(rule) for rule in triage.INTAKE_RULES}
        checkin = {rule.id: row_of(rule) for rule in triage.CHECKIN_RULES}
        with (
            patch.dict(rule_table.INTAKE_TABLE, intake),
            patch.dict(rule_table.CHECKIN_TABLE, checkin),
            patch.dict(rule_table.TABLE, intake | checkin),
        ):
            return check(rule_id)

    return check_by_the_code


def _firing(test: Callable[..., None], cases: dict[str, Cases]) -> dict[str, list[partial[None]]]:
    return {
        rule_id: [partial(test, rule_id, change) for change in case.fires]
        for rule_id, case in cases.items()
    }


_CASE_TESTS: dict[str, list[partial[None]]] = {
    **_firing(
        test_rules_urgent.test_it_fires_after_a_page_and_on_the_full_form, test_rules_urgent.CASES
    ),
    **_firing(test_rules_red.test_it_fires_on_the_full_form_only, test_rules_red.CASES),
    **_firing(test_rules_caution.test_it_fires_on_the_full_form_only, test_rules_caution.CASES),
    **_firing(test_rules_checkin.test_it_fires, test_rules_checkin.CASES),
    "CC-RISE": [partial(test_rules_checkin.test_a_rise_repeats_the_stage)],
}


def _swap(rules: tuple[Rule, ...], weak: Rule) -> tuple[Rule, ...]:
    return tuple(weak if rule.id == weak.id else rule for rule in rules)


def _pass(tests: Iterable[Callable[[], None]]) -> bool:
    try:
        for test in tests:
            test()
    except AssertionError:
        return False
    return True


def _survives(mutant: Mutant, check: Check) -> bool:
    with _in_force(mutant):
        return check(mutant.rule_id)


@contextmanager
def _in_force(mutant: Mutant) -> Iterator[None]:
    with ExitStack() as stack:
        for module in (triage, test_rule_table):
            stack.enter_context(patch.object(module, "INTAKE_RULES", mutant.intake))
            stack.enter_context(patch.object(module, "CHECKIN_RULES", mutant.checkin))
        yield


def main(arguments: list[str]) -> int:
    """Print how many mutants each check noticed; return 1 if one went unnoticed."""
    copied = FAULT in arguments
    weak = list(mutants())
    unseen = {
        check.__name__: survivors(weak, asking_the_code(check) if copied else check)
        for check in CHECKS
    }
    made = Counter(mutant.kind for mutant in weak)
    print(f"{'changed':<12}{'mutants':>8}" + "".join(f"{name:>14}" for name in unseen))
    for kind, count in made.items():
        left = [sum(mutant.kind == kind for mutant in mutants) for mutants in unseen.values()]
        print(f"{kind:<12}{count:>8}" + "".join(f"{count - less:>14}" for less in left))
    for name, left_over in unseen.items():
        for mutant in left_over:
            print(f"Not noticed {name}: {mutant}")
    return 1 if any(unseen.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
