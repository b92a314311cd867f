"""The commands a person types first: what they need, and what they say when they cannot have it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

# What every system has beside a shell; python3 and apt-get are left out on purpose.
PLAIN_TOOLS = ("cat", "cksum", "dirname", "env", "id", "mktemp", "rm", "sh", "tail", "uname")


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A checkout on a machine that has a shell and hardly more."""
    for name in ("dev", "requirements.txt", "requirements-dev.txt"):
        shutil.copy2(settings.BASE_DIR / name, tmp_path)
    (tmp_path / "bin").mkdir()
    for tool in PLAIN_TOOLS:
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or "")
    return tmp_path


def pretend(checkout: Path, tool: str, script: str) -> None:
    """Put a program of that name on the bare machine."""
    program = checkout / "bin" / tool
    program.unlink(missing_ok=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def dev(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ./dev on the bare machine."""
    return subprocess.run(
        [str(checkout / "dev"), *arguments],
        env={"PATH": str(checkout / "bin"), "HOME": str(checkout)},
        cwd="/",
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("shell", [s for s in ("sh", "dash", "bash") if shutil.which(s)])
def test_any_shell_can_read_the_script(shell):
    subprocess.run([shell, "-n", str(settings.BASE_DIR / "dev")], check=True)


def test_continuous_integration_runs_the_tests_and_nothing_else():
    script = settings.BASE_DIR / ".ci" / "run"
    assert os.access(script, os.X_OK)
    lines = [line for line in script.read_text().splitlines() if not line.startswith("#")]
    assert lines == ['cd "$(dirname "$0")/.."', "exec ./dev test"]


def test_without_a_command_the_script_says_what_it_can_do(bare):
    answer = dev(bare)
    assert answer.returncode == 0
    for command in ("run", "test", "check"):
        assert f"\n  {command} " in answer.stdout


def test_an_unknown_command_is_refused_with_the_usage(bare):
    answer = dev(bare, "dance")
    assert answer.returncode == 2
    assert answer.stderr.startswith("Usage: ./dev")


def test_without_python_or_apt_the_script_says_what_is_needed(bare):
    answer = dev(bare, "run")
    assert answer.returncode == 1
    assert "Python 3.11 or newer" in answer.stderr
    assert not (bare / ".venv").exists()


def test_an_old_python_is_not_used(bare):
    pretend(bare, "python3", "exit 1")
    assert "Python 3.11 or newer" in dev(bare, "run").stderr


def test_without_the_right_to_install_the_script_gives_the_one_command(bare):
    pretend(bare, "apt-get", "echo must not be called >&2; exit 9")
    pretend(bare, "id", "echo 1000")
    answer = dev(bare, "run")
    assert answer.returncode == 1
    assert "apt-get update && apt-get install -y python3 python3-venv" in answer.stderr
    assert "must not be called" not in answer.stderr


def test_the_environment_is_installed_once_and_again_only_when_the_list_changes(bare):
    # Stands for a Python whose venv works: it notes what pip was asked for.
    pretend(bare, "python3", FAKE_PYTHON)
    pretend(bare, "cp", f'exec {shutil.which("cp")} "$@"')
    pretend(bare, "mkdir", f'exec {shutil.which("mkdir")} "$@"')
    first, second = dev(bare, "run"), dev(bare, "run", "--port", "9000")
    assert "Creating .venv" in first.stdout
    assert second.stdout == ""
    assert calls(bare) == ["pip requirements.txt", "up --sample", "up --sample --port 9000"]
    (bare / "requirements.txt").write_text("Django\n")
    third = dev(bare, "run")
    assert third.stdout == "Installing requirements.txt\n"
    assert calls(bare)[3:] == ["pip requirements.txt", "up --sample"]


FAKE_PYTHON = """
case "$*" in
    "-c "*) exit 0 ;;
    --version) echo "Python 3.99" ;;
    "-m venv --clear .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
    "-m pip --version") exit 0 ;;
    "-m pip install "*) for last in "$@"; do :; done; echo "pip $last" >>calls ;;
    "manage.py "*) shift; echo "$*" >>calls ;;
esac
"""


def calls(checkout: Path) -> list[str]:
    """Return what the fake Python was asked to do."""
    return (checkout / "calls").read_text().splitlines()
