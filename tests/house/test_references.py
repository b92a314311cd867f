"""What a docstring, a comment or a document sends its reader to is in the repository."""

import ast
import io
import re
import subprocess
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
_ENDS = "py|md|html|txt|css|js|toml|sh"
# A path from the top, or a document by its bare name.
PATH = re.compile(
    rf"(?<![\w/.-])(?:(?:booking|clinic|docs|intake|static|templates|tests)/[\w./-]+\.(?:{_ENDS})"
    r"|[\w-]+\.md)\b"
)
# Not a host name: those in examples end in .example.
MODULE = re.compile(r"(?<![\w./-])(?:booking|clinic|intake|tests)(?!\.example)(?:\.[a-z_]\w*)+")
RECORD = re.compile(r"\b(?:decisions?|records?) (\d+)\b|docs/decisions/(\d{4})")
HEADING = re.compile(r"(docs/[\w./-]+\.md),\s+\"([^\"]+)\"(?:\s+and\s+\"([^\"]+)\")?")
# A letter and numbers of a document that only its writers had.
LETTERED = re.compile(r"[Cc]linical\s+reference|\bsection [A-Z]\b|(?<![\w.])[A-H]\.\d\b")


# Leads from names that are gone to those of today.
FORMER = "docs/former-names.md"


@cache
def files() -> frozenset[str]:
    """Every file that is or would be committed, as a path from the top."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return frozenset(name for name in listed.stdout.split("\n") if (ROOT / name).is_file())


def texts() -> Iterator[tuple[str, str]]:
    """Every file's name with what it says to people, paragraphs unwrapped."""
    for name in sorted(files()):
        if name in {"CHANGELOG.md", FORMER, own_name()} or "/migrations/" in name:
            continue
        source = (ROOT / name).read_text(encoding="utf-8", errors="ignore")
        match Path(name).suffix:
            case ".py":
                said = "\n\n".join([*docstrings(source), *comments(source)])
            case ".md":
                said = source
            case ".css" | ".js" | ".html":
                said = "\n\n".join(re.findall(r"/\*.*?\*/|^\s*//.*|\{#.*?#\}", source, re.S | re.M))
            case _:
                continue
        yield name, re.sub(r"(?<!\n)\n[ #*/]*(?!\n)", " ", said)


def renamed() -> list[tuple[str, str]]:
    """Return the former and the present name of each module that has moved."""
    return re.findall(r"^\| `([\w.]+)` \| `([\w.]+)` \|$", (ROOT / FORMER).read_text(), re.M)


@cache
def former_names() -> frozenset[str]:
    """Every module that has moved, as docs/former-names.md lists them, dotted and as a path.

    Records are not rewritten: what they cite by its former name is found in that table.
    """
    dotted = [was for was, _is in renamed()]
    return frozenset(dotted) | {f"{name.replace('.', '/')}.py" for name in dotted}


def moved(cited: str) -> bool:
    """Tell whether a record may cite this by the name it had when the record was written."""
    if cited.startswith("tests/"):
        return any(name.endswith(f"/{Path(cited).name}") for name in files())
    return any(cited == name or cited.startswith(f"{name}.") for name in former_names())


def own_name() -> str:
    return Path(__file__).relative_to(ROOT).as_posix()


def docstrings(source: str) -> Iterator[str]:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, kinds) and (said := ast.get_docstring(node)):
            yield said


def comments(source: str) -> Iterator[str]:
    """Each run of comment lines as one text."""
    run: list[str] = []
    last = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            if token.start[0] != last + 1 and run:
                yield "\n".join(run)
                run = []
            run.append(token.string.lstrip("# "))
            last = token.start[0]
    if run:
        yield "\n".join(run)


def wrong(said: str, *, known: frozenset[str], in_document: str = "") -> list[str]:
    """Return what this text cites and `known` does not hold; a document may cite beside itself."""
    beside = Path(in_document).parent.as_posix() + "/" if in_document else ""
    found = [one for one in PATH.findall(said) if not is_file(one, known, beside)]
    found += [one for one in MODULE.findall(said) if not is_name(one, known)]
    for numbers in RECORD.findall(said):
        number = int(next(filter(None, numbers)))
        if not any(one.startswith(f"docs/decisions/{number:04}-") for one in known):
            found.append(f"record {number}")
    for document, *headings in HEADING.findall(said):
        found += [f"{document}: {one}" for one in headings if one and not has(document, one)]
    return found + LETTERED.findall(said)


def is_file(path: str, known: frozenset[str], beside: str) -> bool:
    if "/" in path:
        return path in known
    return any(path == one or one.endswith(f"/{path}") for one in known) or beside + path in known


def is_name(dotted: str, known: frozenset[str]) -> bool:
    """Tell whether this is a module or package, or a name that the module's text holds."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        base = "/".join(parts[:length])
        for path in (f"{base}.py", f"{base}/__init__.py"):
            if path in known:
                text = (ROOT / path).read_text(encoding="utf-8")
                return all(re.search(rf"\b{name}\b", text) for name in parts[length:])
    return False


@cache
def has(document: str, heading: str) -> bool:
    path = ROOT / document
    if not path.is_file():
        return False
    pattern = rf"^#+ {re.escape(heading)}$"
    return re.search(pattern, path.read_text(encoding="utf-8"), re.M) is not None


def test_everything_that_is_cited_is_in_the_repository() -> None:
    found = {}
    for name, said in texts():
        missing = wrong(said, known=files(), in_document=name if name.endswith(".md") else "")
        if name.startswith("docs/decisions/"):
            missing = [one for one in missing if not moved(one)]
        if missing:
            found[name] = missing
    assert found == {}


def test_every_former_name_leads_to_a_module() -> None:
    assert len(renamed()) > 250
    assert [now for _was, now in renamed() if not is_name(now, files())] == []


def test_a_record_may_cite_what_has_moved_and_nothing_else() -> None:
    assert moved("booking/plan_search.py")
    assert moved("clinic.errors.has_first_say")
    assert moved("tests/booking/test_long_history.py")
    assert not moved("booking/nowhere.py")
    assert not moved("tests/booking/test_nothing.py")


@pytest.mark.parametrize(
    "said",
    [
        "See look.md.",
        "Numbers: docs/nowhere.md.",
        "Source: clinical reference, C.",
        "Source: docs/clinical.md, D.2.",
        'Source: docs/clinical.md, "The seventh visit".',
        'Source: docs/clinical.md, "Scores" and "Nothing".',
        "As record 31 says.",
        "As docs/decisions/0031 says.",
        "Locked first (booking.actions.nowhere).",
        "Locked first (booking.actions.locking.lock_nothing).",
        "The rest stands in booking/nowhere.py.",
    ],
)
def test_a_dead_end_is_found(said: str) -> None:
    assert wrong(said, known=files())


@pytest.mark.parametrize(
    "said",
    [
        'Source: docs/clinical.md, "Scores".',
        "As record 8 says.",
        "As docs/decisions/0008 says.",
        "See README.md, booking.apps and clinic.apps.ClinicConfig.",
        "Kept in booking/apps.py.",
    ],
)
def test_what_is_there_is_no_dead_end(said: str) -> None:
    assert wrong(said, known=files()) == []
