"""`./dev proof`: what a proof counted is shown to whoever runs it."""

import subprocess
from pathlib import Path

from tests.proofs import PYTEST

TWO = """
def test_counts():
    print("0 lost of 12")

def test_says_nothing():
    pass
"""


def test_what_a_test_that_passed_printed_is_shown(tmp_path: Path) -> None:
    (tmp_path / "test_two.py").write_text(TWO)
    alone = ["--rootdir", str(tmp_path), "-c", "/dev/null", "-p", "no:django", "--noconftest"]
    done = subprocess.run(
        [*PYTEST, *alone, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    shown = done.stdout.partition("test_counts:\n")[2]
    assert shown.splitlines()[0] == "  0 lost of 12"
    assert "test_says_nothing:" not in done.stdout
