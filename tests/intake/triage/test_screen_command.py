"""`manage.py screen`: a reply for each line, in order, from a file or standard input."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.intake.samples import Raw, case

ROOT = Path(__file__).resolve().parents[3]


def printed(source: Path) -> list[Raw]:
    """Run the command in this process on a file; return its replies."""
    out = io.StringIO()
    call_command("screen", str(source), stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_replies_come_in_the_order_of_the_lines(tmp_path: Path) -> None:
    lines = [json.dumps(case(id=number)).encode() for number in range(5)]
    lines[1:1] = [b"", b"\xff", b"[" * 100_000, b"\r", json.dumps(case(id="x", mode="")).encode()]
    source = tmp_path / "cases.jsonl"
    source.write_bytes(b"\xef\xbb\xbf" + b"\n".join(lines))
    replies = printed(source)
    assert [reply["id"] for reply in replies] == [0, None, None, None, None, "x", 1, 2, 3, 4]
    assert [("error" in reply) for reply in replies] == [False, *[True] * 5, *[False] * 4]


def test_an_empty_file_has_no_replies(tmp_path: Path) -> None:
    source = tmp_path / "cases.jsonl"
    source.touch()
    assert printed(source) == []


def test_a_line_ends_at_a_newline_only(tmp_path: Path) -> None:
    source = tmp_path / "cases.jsonl"
    sent = [case(id="a\u2028b\u0085c"), case(id="d")]
    text = "\n".join(json.dumps(each, ensure_ascii=False) for each in sent)
    source.write_text(text + "\n", encoding="utf-8")
    assert [reply["id"] for reply in printed(source)] == ["a\u2028b\u0085c", "d"]


def test_a_file_that_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("screen", str(tmp_path / "missing.jsonl"))


@pytest.mark.parametrize("by", ["standard input", "file"])
def test_it_runs_without_a_database(by: str, tmp_path: Path) -> None:
    source = tmp_path / "cases.jsonl"
    source.write_text("".join(json.dumps(case(id=number)) + "\n" for number in range(3)))
    # Nothing listens there: any query would fail.
    nowhere = os.environ | {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}
    done = subprocess.run(
        [sys.executable, "manage.py", "screen", *([str(source)] if by == "file" else [])],
        input=source.read_bytes() if by == "standard input" else b"",
        capture_output=True,
        cwd=ROOT,
        env=nowhere,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    replies = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(reply["id"], reply["level"]) for reply in replies] == [
        (0, "clear"),
        (1, "clear"),
        (2, "clear"),
    ]
