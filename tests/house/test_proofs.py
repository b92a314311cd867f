"""`./dev proof`: what it counted is shown to whoever runs it, and it goes on where it stopped."""

import os
import subprocess
from pathlib import Path

from tests.going_on import BEFORE, PASSED, forget_unfinished
from tests.proofs import PYTEST

TWO = """
def test_counts():
    print("0 lost of 12")

def test_says_nothing():
    pass
"""


# The second passes once there is a file beside it.
STOPPED = """
from pathlib import Path

def test_first():
    assert not Path(__file__).with_name("mended").exists()

def test_second():
    assert Path(__file__).with_name("mended").exists()
"""


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    alone = ["--rootdir", str(folder), "-c", "/dev/null", "-p", "no:django", "--noconftest"]
    return subprocess.run(
        [*PYTEST, *options, *alone, str(folder)],
        env={**os.environ, PASSED: str(folder / "passed"), BEFORE: str(folder / "before")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_passed_is_left_out_when_a_proof_goes_on(tmp_path: Path) -> None:
    (tmp_path / "test_stopped.py").write_text(STOPPED)
    assert "1 failed, 1 passed" in run(tmp_path, "-p", "tests.going_on").stdout
    assert (tmp_path / "passed").read_text() == "test_stopped.py::test_first\n"
    (tmp_path / "mended").touch()
    (tmp_path / "before").write_text("test_stopped.py::test_first\n")
    # The first would fail now.
    assert "1 passed" in run(tmp_path, "-p", "tests.going_on").stdout
    passed = (tmp_path / "passed").read_text().splitlines()
    assert passed == ["test_stopped.py::test_first", "test_stopped.py::test_second"]


def test_what_an_unfinished_test_was_first_to_ask_for_is_asked_again(tmp_path: Path) -> None:
    for name in ("done", "stopped"):
        (tmp_path / f"{name}.first").write_text(name)
    forget_unfinished(tmp_path, {"done"})
    assert [one.name for one in tmp_path.iterdir()] == ["done.first"]


def test_what_a_test_that_passed_printed_is_shown(tmp_path: Path) -> None:
    (tmp_path / "test_two.py").write_text(TWO)
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout
    shown = done.stdout.partition("test_counts:\n")[2]
    assert shown.splitlines()[0] == "  0 lost of 12"
    assert "test_says_nothing:" not in done.stdout
