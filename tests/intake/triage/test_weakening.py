"""No rule can be weakened without a test failing, and it would be noticed if that were not so.

The script runs in a process of its own: pytest writes out both sides of each assert that fails, and
here some two thousand fail on purpose.
"""

import subprocess
import sys

from tests.intake.triage.rule_table import TABLE
from tests.intake.triage.weakening import FAULT, KINDS, mutants


def weakening(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.intake.triage.weakening", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_rule_is_weakened_in_every_way() -> None:
    assert {(mutant.rule_id, mutant.kind) for mutant in mutants()} == {
        (rule_id, kind) for rule_id in TABLE for kind in KINDS
    }


def test_no_weakened_rule_goes_unnoticed() -> None:
    done = weakening()
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_with_expected_values_from_the_code_weakened_rules_of_every_kind_do() -> None:
    done = weakening(FAULT)
    assert (done.returncode, done.stderr) == (1, "")
    for kind in KINDS:
        for check in ("by_the_table", "by_results"):
            assert [
                line
                for line in done.stdout.splitlines()
                if line.startswith(f"Not noticed {check}: ") and f" with {kind} " in line
            ], (kind, check)
