"""./dev and what runs it: what the commands need, and what they print if they cannot get it."""

import os
import pty
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from tests.checks import STEPS

# Programs that every system has; python3 and apt-get are left out on purpose.
PLAIN_TOOLS = (
    *("cat", "cksum", "dirname", "env", "grep", "id", "mktemp", "rm", "sh", "sleep", "tail"),
    "uname",
)
SHELLS = [shell for shell in ("sh", "dash", "bash") if shutil.which(shell)]


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A checkout, with a bin folder as the only one on PATH, which has hardly more than a shell."""
    for name in ("dev", "requirements.txt", "requirements-dev.txt"):
        shutil.copy2(settings.BASE_DIR / name, tmp_path)
    (tmp_path / "bin").mkdir()
    for tool in PLAIN_TOOLS:
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or "")
    return tmp_path


def pretend(checkout: Path, tool: str, script: str) -> None:
    """Put a program of that name, with this script, into the bin folder."""
    program = checkout / "bin" / tool
    program.unlink(missing_ok=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def dev(
    checkout: Path,
    *arguments: str,
    shell: str = "sh",
    stdout: int = subprocess.PIPE,
    new_group: bool = False,
    **environment: str,
) -> subprocess.CompletedProcess[str]:
    """Run ./dev with only the programs of the bin folder."""
    return subprocess.run(
        [shutil.which(shell) or shell, str(checkout / "dev"), *arguments],
        env={"PATH": str(checkout / "bin"), "HOME": str(checkout), **environment},
        start_new_session=new_group,
        # In the background interrupts may be ignored. Children inherit that, and a shell keeps it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        cwd="/",
        check=False,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_can_parse_the_script(shell):
    subprocess.run([shell, "-n", str(settings.BASE_DIR / "dev")], check=True)


def test_continuous_integration_runs_the_tests_and_nothing_else():
    script = settings.BASE_DIR / ".ci" / "run"
    assert os.access(script, os.X_OK)
    lines = [line for line in script.read_text().splitlines() if not line.startswith("#")]
    assert lines == ['cd "$(dirname "$0")/.."', "exec ./dev test"]


def test_hosted_integration_runs_the_tests_and_nothing_else():
    workflow = (settings.BASE_DIR / ".github" / "workflows" / "test.yml").read_text()
    assert re.findall(r"^ +- run: (.+)$", workflow, re.MULTILINE) == ["./dev test"]
    assert "run: |" not in workflow


def test_the_pre_commit_hooks_are_among_the_checks_of_the_source():
    hooks = (settings.BASE_DIR / ".pre-commit-config.yaml").read_text()
    entries = re.findall(r"^ +entry: \.venv/bin/(.+)$", hooks, re.MULTILINE)
    assert len(entries) == hooks.count("- id:")
    tools = {" ".join(command).rpartition("bin/")[2] for command in STEPS.values()}
    for entry in entries:
        assert any(tool.startswith(entry.removesuffix(" --fix")) for tool in tools), entry


def test_without_a_command_the_script_prints_its_usage(bare):
    answer = dev(bare)
    assert answer.returncode == 0
    for command in ("run", "test", "coverage", "check", "fix", "shell", "messages"):
        assert f"\n  {command} " in answer.stdout


def test_an_unknown_command_is_refused_with_the_usage(bare):
    answer = dev(bare, "dance")
    assert answer.returncode == 2
    assert answer.stderr.startswith("Usage: ./dev")


def test_without_python_or_apt_the_script_prints_what_is_needed(bare):
    answer = dev(bare, "run")
    assert answer.returncode == 1
    assert "Python 3.11 or newer" in answer.stderr
    assert not (bare / ".venv").exists()


def test_an_old_python_is_not_used(bare):
    pretend(bare, "python3", "exit 1")
    assert "Python 3.11 or newer" in dev(bare, "run").stderr


def test_without_root_the_script_prints_the_command_to_install(bare):
    pretend(bare, "apt-get", "echo must not be called >&2; exit 9")
    pretend(bare, "id", "echo 1000")
    answer = dev(bare, "run")
    assert answer.returncode == 1
    assert "apt-get update && apt-get install -y python3 python3-venv" in answer.stderr
    assert "must not be called" not in answer.stderr


@pytest.mark.parametrize("shell", SHELLS)
def test_the_environment_is_installed_again_only_if_the_requirements_change(machine, shell):
    first = dev(machine, "run", shell=shell)
    second = dev(machine, "run", "--port", "9000", shell=shell)
    assert "Creating .venv" in first.stdout
    assert second.stdout == ""
    assert calls(machine) == ["pip requirements.txt", "up --sample", "up --sample --port 9000"]
    (machine / "requirements.txt").write_text("Django\n")
    third = dev(machine, "run", shell=shell)
    assert third.stdout == "Installing requirements.txt\n"
    assert calls(machine)[3:] == ["pip requirements.txt", "up --sample"]


# Appends what it is called with to the file "calls". The file "lacking" lists missing packages.
FAKE_PYTHON = """
case "$*" in
    "-c "*) exit 0 ;;
    --version) echo "Python 3.99" ;;
    "-m venv --clear .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
    "-m pip --version") exit 0 ;;
    "-m pip install "*) for last in "$@"; do :; done; echo "pip $last" >>calls; PIP ;;
    "-m tests.tools") if [ -e lacking ]; then cat lacking; fi ;;
    "-m "*) shift; echo "$*" >>calls ;;
    "manage.py "*) shift; echo "$*" >>calls ;;
esac
"""


@pytest.fixture
def machine(bare: Path) -> Path:
    """A checkout with a fake Python that can create an environment."""
    pretend(bare, "python3", FAKE_PYTHON.replace("PIP", ":"))
    for tool in ("cp", "mkdir"):
        (bare / "bin" / tool).symlink_to(shutil.which(tool) or "")
    return bare


def calls(checkout: Path) -> list[str]:
    """Return what the fake programs were called with."""
    return (checkout / "calls").read_text().splitlines()


def test_missing_packages_are_asked_for_before_pip_runs(machine):
    (machine / "lacking").write_text("redis-server gettext")
    pretend(machine, "apt-get", "echo must not be called >&2; exit 9")
    pretend(machine, "id", "echo 1000")
    answer = dev(machine, "test")
    assert answer.returncode == 1
    assert "apt-get update && apt-get install -y redis-server gettext" in answer.stderr
    assert not (machine / ".venv").exists()
    assert not (machine / "calls").exists()


def test_a_password_is_asked_for_once_and_before_pip_runs(machine):
    (machine / "lacking").write_text("redis-server gettext")
    pretend(machine, "apt-get", "exit 9")
    pretend(machine, "id", "echo 1000")
    pretend(machine, "sudo", SUDO)
    answer = dev(machine, "test", "-x")
    assert answer.returncode == 0, answer.stderr
    assert calls(machine) == [
        "password",
        "apt redis-server gettext",
        "pip requirements-dev.txt",
        "tests -x",
    ]


# Called as: sudo sh -c SCRIPT [apt PACKAGES]
SUDO = """
[ "$3" = : ] && { echo password >>calls; exit 0; }
shift 4; echo "apt $*" >>calls; rm lacking
"""


def test_when_nothing_is_missing_the_script_prints_nothing(machine):
    dev(machine, "test")
    answer = dev(machine, "test", "-x")
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")
    assert calls(machine)[-1] == "tests -x"


# The fake pip ends in the 31st second. A fake second is over at once, but begins only after pip.
SLOW_PIP = """
echo "Collecting Django"
: >begun
while [ ! -e later ]; do :; done
echo "Error: 404"
exit 1
"""
SECOND = """
while [ ! -e begun ]; do :; done
echo >>seconds
while read -r _; do set -- "$@" x; done <seconds
[ $# -le 31 ] || : >later
"""


@pytest.fixture
def slow_machine(machine: Path) -> Path:
    """A checkout with an environment, whose pip takes half a minute and then fails."""
    dev(machine, "shell")
    (machine / ".venv" / "bin" / "python").write_text(
        "#!/bin/sh\n" + FAKE_PYTHON.replace("PIP", SLOW_PIP)
    )
    (machine / "requirements.txt").write_text("Django\n")
    pretend(machine, "sleep", SECOND)
    return machine


@pytest.mark.parametrize("shell", SHELLS)
def test_a_slow_step_prints_its_progress_and_in_the_end_why_it_failed(slow_machine, shell):
    answer = dev(slow_machine, "run", shell=shell)
    assert answer.returncode == 1
    said = answer.stdout.splitlines()
    assert said[:3] == [
        "Installing requirements.txt",
        "   15 s  Collecting Django",
        "   30 s  Collecting Django",
    ]
    assert answer.stderr.startswith("Collecting Django\nError: 404\npip could not install")
    assert "\r" not in answer.stdout


def test_on_a_terminal_progress_is_one_line_that_changes_and_is_removed(slow_machine):
    ours, theirs = pty.openpty()
    dev(slow_machine, "run", stdout=theirs)
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    title, *steps = shown.split("\r")
    assert title == "Installing requirements.txt"
    assert steps[1].startswith("    1 s  Collecting Django ")
    assert steps[30].startswith("   30 s  Collecting Django ")
    assert {len(step) for step in steps[1:31]} == {75}
    assert steps[-2:] == [" " * 75, ""]
    assert "\n" not in "".join(steps[1:])


@pytest.mark.parametrize("shell", SHELLS)
def test_an_interrupt_ends_a_slow_step_and_leaves_no_files(slow_machine, shell):
    # Like Ctrl-C, the signal goes to the whole group. It is sent in the first second of waiting.
    pretend(slow_machine, "sleep", "while [ ! -e begun ]; do :; done; kill -INT 0")
    temporary = slow_machine / "temporary"
    temporary.mkdir()
    answer = dev(slow_machine, "run", shell=shell, new_group=True, TMPDIR=str(temporary))
    assert answer.returncode == 130
    assert answer.stdout == "Installing requirements.txt\n"
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        (["shell", "-c", "1"], ["pip requirements.txt", "shell -c 1"]),
        (["run", "--reload"], ["pip requirements-dev.txt", "up --sample --reload"]),
        (
            ["messages", "-l", "es"],
            ["pip requirements.txt", "makemessages -l es", "compilemessages --ignore .venv"],
        ),
        (
            ["messages"],
            ["pip requirements.txt", "makemessages --all", "compilemessages --ignore .venv"],
        ),
    ],
)
def test_a_command_installs_what_it_needs_and_passes_its_arguments_on(machine, command, wanted):
    pretend(machine, "xgettext", "")
    assert dev(machine, *command).returncode == 0
    assert calls(machine) == wanted


def test_fix_goes_on_after_a_step_that_fails(machine):
    dev(machine, "shell")
    ruff = machine / ".venv" / "bin" / "ruff"
    ruff.write_text('#!/bin/sh\necho "ruff $*" >>calls\nexit 1\n')
    ruff.chmod(0o755)
    answer = dev(machine, "fix")
    assert answer.returncode == 1
    assert calls(machine)[-2:] == ["ruff check --fix .", "ruff format ."]
