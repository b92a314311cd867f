"""The steps of docs/operations.md: each can be read by a shell, and names only what there is."""

import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class

from tests.deploy.steps import Step, section, steps, two_users, upgrade, upgrade_from_before

ROOT = Path(settings.BASE_DIR)
SCRIPTS = [*(step.script for step in steps()), upgrade(), two_users(), *upgrade_from_before()]
WHOLE = "\n".join(SCRIPTS)
# What the steps themselves make or install on the machine.
OURS = {"run-ready", "new_secret", "new_key"}
DEBIAN = {
    *("apt-get", "useradd", "install", "cp", "rm", "sed", "cat", "chmod", "cd", "set", "shift"),
    *(
        "test",
        "echo",
        "python3",
        "openssl",
        "runuser",
        "systemctl",
        "nginx",
        "exec",
        "if",
        "fi",
        "then",
        ".",
    ),
}


def test_they_are_numbered_one_after_the_other_and_each_does_something() -> None:
    assert [step.number for step in steps()] == list(range(1, len(steps()) + 1))
    assert len(steps()) >= 10
    assert all(step.script.strip() for step in steps())
    assert len(upgrade_from_before()) == 4


@pytest.mark.parametrize("script", SCRIPTS, ids=range(1, len(SCRIPTS) + 1))
def test_a_shell_can_read_them(script: str) -> None:
    read = subprocess.run(["sh", "-n"], input=script, text=True, capture_output=True, check=False)
    assert read.returncode == 0, read.stderr


def test_every_program_is_one_of_debian_or_made_by_the_steps() -> None:
    used = set()
    for line in WHOLE.splitlines():
        if line.startswith(("#", " ")) or line in ("", "END") or "=" in line.partition(" ")[0]:
            continue
        used.add(line.partition(" ")[0].rstrip("()"))
    programs = {one for one in used if not one.startswith("/opt/run-ready/.venv/bin/")}
    assert programs <= DEBIAN | OURS, programs - DEBIAN - OURS
    for name in OURS:
        assert re.search(rf"{name}\(\)|/usr/local/bin/{name}", WHOLE), name


def test_every_command_of_ours_exists_and_takes_its_options() -> None:
    used = re.findall(r"^run-ready(?: --backup-key)? ([a-z_]+)(.*)$", WHOLE, re.MULTILINE)
    told = section("Backups") + section("Erasing, and restoring afterwards")
    used += re.findall(r"`(?:manage\.py|run-ready --backup-key) ([a-z_]+)([^`]*)`", told)
    known = get_commands()
    names = {name for name, _rest in used}
    assert {
        "migrate",
        "collectstatic",
        "first_user",
        "backup",
        "after_restore",
        "after_pause",
    } <= names
    assert names - set(known) == set()
    for name, rest in used:
        app = known[name]
        assert isinstance(app, str)
        parser = load_command_class(app, name).create_parser("manage.py", name)
        for option in re.findall(r"--[a-z-]+", rest):
            assert option in parser.format_help(), f"{name} {option}"


def test_every_file_that_is_copied_is_in_the_source() -> None:
    copied = re.findall(r"^cp -r (.+) /opt/run-ready/$", WHOLE, re.MULTILINE)
    assert len(copied) == 3
    assert len(set(copied)) == 1
    for name in copied[0].split():
        assert (ROOT / name).exists(), name
    for path in re.findall(r"/opt/run-ready/(deploy/\S+|docs/\S+|requirements\S*)", WHOLE):
        assert list(ROOT.glob(path)), path


def test_every_unit_that_is_started_is_there() -> None:
    started = set(re.findall(r"run-ready-(?:web|worker|beat|backup)(?:\.timer)?\b", WHOLE))
    units = {path.name for path in (ROOT / "deploy" / "systemd").iterdir()}
    for name in started:
        assert (name if name.endswith(".timer") else f"{name}.service") in units
    assert {f"run-ready-{one}" for one in ("web", "worker", "beat", "backup.timer")} <= started


def test_every_variable_that_is_filled_in_stands_empty_in_the_examples() -> None:
    filled = re.findall(r'sed -i "s\|\^([A-Z_]+)=\.\*\|', WHOLE)
    examples = "".join((ROOT / "deploy").joinpath(name).read_text() for name in (
        "run-ready.env.example", "backup.env.example",
    ))  # fmt: skip
    empty = set(re.findall(r"^([A-Z_]+)=$", examples, re.MULTILINE))
    by_hand = {"EMAIL_URL", "MAIL_FROM", "MIGRATE_DATABASE_URL"}
    assert empty == {*filled, *by_hand}


def test_control_a_step_that_names_what_is_not_there_is_found() -> None:
    wrong = Step(1, "wrong", "run-ready no_such_command\n")
    assert set(re.findall(r"run-ready ([a-z_]+)", wrong.script)) - set(get_commands())
