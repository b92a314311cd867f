"""What the source of the product may not do: run what was typed, draw it as markup, open files."""

import ast
import json
import re
import subprocess
import sysconfig
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.conf import settings

from clinic.site import navigation  # noqa: F401 the apps are loaded

ROOT = Path(settings.BASE_DIR)
APPS = ("clinic", "booking", "intake")

# A line for each rule, all of which `./dev check` would refuse.
REFUSED = """
import hashlib, pickle, random, subprocess
from django.db import connection
from django.db.models.expressions import RawSQL
from django.utils.safestring import mark_safe
def each(typed, cursor, rows):
    eval(typed)
    exec(typed)
    pickle.loads(typed)
    subprocess.run(typed, shell=True)
    subprocess.run([typed])
    __import__("os").system(typed)
    hashlib.md5(typed)
    hashlib.sha1(typed)
    random.choice(typed)
    mark_safe(typed)
    cursor.execute("SELECT * FROM a WHERE b = '%s'" % typed)
    cursor.execute(f"SELECT * FROM a WHERE b = '{typed}'")
    rows.extra(where=[typed])
    RawSQL(typed, [])
    import xml.etree.ElementTree as trees
    trees.fromstring(typed)
    import tarfile
    tarfile.open(typed).extractall()
    import requests
    requests.get(typed, verify=False)
    password = "written-down-here"
"""
RULES = {
    *("S102", "S105", "S202", "S301", "S307", "S308", "S311", "S314", "S324", "S501", "S602"),
    *("S603", "S608", "S610", "S611"),
}
# Where a rule is set aside, and how often.
SET_ASIDE = {
    ("booking", "S"): 0,
    ("intake/visit_records/batteries.py", "S105"): 1,
    ("clinic/database/retrying.py", "S311"): 1,
    ("clinic/keys/checking.py", "S608"): 2,
    ("clinic/management/commands/seed.py", "S311"): 1,
    ("clinic/backups/dumping.py", "S603"): 1,
    ("clinic/management/commands/up.py", "S104"): 1,
    ("clinic/management/sample/bulk_insert.py", "S608"): 1,
    ("clinic/messages/delivery/sending.py", "S311"): 1,
    ("clinic/operations/processes.py", "S603"): 1,
    ("clinic/people/sample_people.py", "S105"): 1,
    ("clinic/security/rate_limits.py", "S608"): 1,
    ("clinic/sign_in/adapter.py", "S105"): 1,
    ("clinic/sign_in/guessing/tries.py", "S608"): 1,
    ("clinic/sign_in/guessing/used_steps.py", "S608"): 1,
    ("clinic/sign_in/notices.py", "S105"): 1,
    ("clinic/templatetags/look.py", "S308"): 1,
}
del SET_ASIDE[("booking", "S")]


def sources() -> Iterator[tuple[str, str]]:
    """Yield each file of the product, without migrations, and its text."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


@cache
def calls() -> list[tuple[str, ast.Call, str]]:
    """Return each call in the product: the file, the call, and what is called, as written."""
    found = []
    for name, text in sources():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call):
                found.append((name, node, ast.unparse(node.func)))
    return found


def test_the_check_of_the_source_refuses_what_runs_or_weakens() -> None:
    ruff = Path(sysconfig.get_path("scripts")) / "ruff"
    said = subprocess.run(
        [ruff, "check", "--output-format", "json", "--stdin-filename", "clinic/typed.py", "-"],
        input=REFUSED,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert {one["code"] for one in json.loads(said.stdout)} >= RULES


def test_the_rules_are_set_aside_only_where_it_is_listed() -> None:
    found: dict[tuple[str, str], int] = {}
    for name, text in sources():
        for rule in re.findall(r"# noqa: (S\d{3})\b", text):
            found[name, rule] = found.get((name, rule), 0) + 1
    assert found == SET_ASIDE
    assert [
        name for name, text in sources() if re.search(r"# (ruff: )?noqa *(?!:)$", text, re.M)
    ] == []


def test_nothing_typed_becomes_a_template_a_pattern_or_a_format() -> None:
    wrong = []
    for name, call, called in calls():
        last, first = called.rpartition(".")[2], call.args[0] if call.args else None
        if last in ("Template", "from_string") or called == "eval":
            wrong.append((name, called))
        # Patterns are literals, or made of literals of the same file.
        if (
            called.startswith("re.")
            and last not in ("escape", "fullmatch")
            and not _is_fixed(first)
        ):
            wrong.append((name, called))
        if last == "format" and not _is_fixed_format(call) and name not in FORMATS:
            wrong.append((name, called))
    assert wrong == []


# Their texts are constants of the same file.
FORMATS = {
    *("clinic/audit/seals.py", "clinic/practice/promised.py", "intake/clinical_doc.py"),
    "intake/moving_out/readme.py",
}


def _is_fixed(pattern: ast.expr | None) -> bool:
    if isinstance(pattern, ast.JoinedStr):
        holes = [one.value for one in pattern.values if isinstance(one, ast.FormattedValue)]
        return all(isinstance(one, ast.Name) and one.id.isupper() for one in holes)
    return isinstance(pattern, ast.Constant)


def _is_fixed_format(call: ast.Call) -> bool:
    assert isinstance(call.func, ast.Attribute)
    return isinstance(call.func.value, ast.Constant)


# What reaches out, each with what it is for.
REACHING_OUT = {
    ("clinic/management/commands/up.py", "http.client"): "asks the server it started",
    ("clinic/management/commands/up.py", "socket"): "looks for a free port",
    ("clinic/messages/delivery/posting.py", "smtplib"): "the mail server",
    ("clinic/messages/delivery/smtp.py", "smtplib"): "the mail server",
}
NETWORK = {
    *("socket", "ssl", "http.client", "urllib.request", "smtplib", "imaplib", "ftplib", "requests"),
    *("httpx", "aiohttp", "urllib3", "asyncio", "xmlrpc.client", "telnetlib"),
}


def test_nothing_reaches_out_but_what_is_listed() -> None:
    found = set()
    for name, text in sources():
        for node in ast.walk(ast.parse(text)):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found |= {(name, one) for one in names if one in NETWORK}
    assert found == set(REACHING_OUT)


# Each place that opens a file: its name comes from settings, the source or a command line.
FILES = {
    "booking/management/commands/import_patients.py",
    *("clinic/backups/dumping.py", "clinic/backups/loading.py", "clinic/backups/making.py"),
    *("clinic/audit/sealing.py", "clinic/env.py", "clinic/management/clear_columns.py"),
    *("clinic/management/commands/clear_columns.py", "intake/management/commands/statemachine.py"),
    *("clinic/management/commands/up.py", "clinic/messages/delivery/folder.py"),
    *("clinic/operations/embedded_broker.py", "clinic/retention/erasure_list.py"),
    *("clinic/retention/schedule.py", "clinic/sign_in/passwords/build.py"),
    *("clinic/sign_in/passwords/validators.py", "intake/management/commands/clinical_doc.py"),
    *("intake/management/commands/fhir_export.py", "intake/management/commands/fhir_import.py"),
    *("intake/management/commands/screen.py", "intake/management/commands/export_all.py"),
    *("intake/moving_out/tables.py", "clinic/practice/facts.py", "clinic/practice/zone_data.py"),
    *("clinic/database/sqlite3/base.py", "clinic/whole_lines.py", "clinic/operations/server.py"),
}
OPENING = {"read_text", "write_text", "read_bytes", "write_bytes", "FileResponse", "unlink"}


def test_files_are_opened_only_where_their_names_are_ours() -> None:
    found = {
        name
        for name, call, called in calls()
        if called.rpartition(".")[2] in OPENING
        or called in ("open", "os.open", "Path(path).open")
        or (
            called.endswith(".open")
            and "objects" not in called
            and call.args
            and called != "field.open"
        )
    }
    found -= {"clinic/database/sealed.py"}
    assert found == FILES


def test_nothing_takes_over_every_field_that_was_posted() -> None:
    taken = re.compile(r"\*\*\s*(self\.)?request\.POST|\.(update|create)\(\*\*.*cleaned_data\)")
    assert [name for name, text in sources() if taken.search(text)] == []
    forms = [name for name, text in sources() if "ModelForm" in text or "modelform_factory" in text]
    assert forms == []
    both = re.compile(r"request\.(REQUEST|GET\s*\|\s*request\.POST|POST\s*\|\s*request\.GET)")
    assert [name for name, text in sources() if both.search(text)] == []


def test_cookies_are_set_in_one_place() -> None:
    found = {name for name, _call, called in calls() if "set_cookie" in called.rpartition(".")[2]}
    direct = {
        name
        for name, _call, called in calls()
        if called.rpartition(".")[2] in ("set_cookie", "set_signed_cookie") and "." in called
    }
    assert direct == {"clinic/web/cookies.py"}
    assert found == {
        *("clinic/web/cookies.py", "clinic/kept_forms/browser.py", "booking/calendar/views.py"),
        "clinic/sign_in/guessing/known_browsers.py",
    }


def test_one_hash_function_is_used() -> None:
    found = {
        called.removeprefix("hashlib.")
        for _name, _call, called in calls()
        if re.fullmatch(r"hashlib\.\w+", called)
    }
    assert found == {"sha256"}
    keyed = [(name, ast.unparse(call)) for name, call, called in calls() if called == "hmac.new"]
    assert [one for one in keyed if "hashlib.sha256" not in one[1]] == []
    salted = [ast.unparse(call) for _, call, called in calls() if called == "salted_hmac"]
    assert [one for one in salted if "algorithm='sha256'" not in one] == []


# --- Templates and scripts ------------------------------------------------------------------------


def templates(kind: str) -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "templates").rglob(kind)):
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def test_every_template_of_a_page_escapes() -> None:
    raw = re.compile(
        r"\|\s*safe\b|autoescape off|\|\s*safeseq\b|\{% *filter safe|<script(?![^>]* src=)"
    )
    assert [name for name, text in templates("*.html") if raw.search(text)] == []


def test_pages_use_nothing_that_browsers_have_given_up() -> None:
    old = re.compile(r"<(object|embed|applet|frame|frameset|iframe|marquee|font|center)\b", re.I)
    inline = re.compile(
        r"\son(click|load|error|submit|change|input|focus|paste|key\w+)=|href=\"(javascript|data):|\sstyle=",
        re.I,
    )
    pages = [one for one in templates("*.html") if "/email/" not in one[0]]
    assert [name for name, text in pages if old.search(text) or inline.search(text)] == []


def test_a_patients_name_keeps_its_direction_to_itself() -> None:
    """A name in a script from right to left must not turn the words beside it around."""
    shown = re.compile(r"(<bdi[^>]*>\s*)?\{\{ *[a-z_.]*patient\.name\b[^}]*\}\}")
    pages = [one for one in templates("*.html") if "/email/" not in one[0]]
    found = [(name, text, one) for name, text in pages for one in shown.finditer(text)]
    assert len(found) > 20
    assert [name for name, _, one in found if not one[1]] == []


SCRIPTS = sorted((ROOT / "static").rglob("*.js"))


def test_scripts_write_text_as_text_and_keep_nothing() -> None:
    assert len(SCRIPTS) == 6
    markup = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|createContextualFragment"
    )
    running = r"\beval\(|new Function|setTimeout\(\s*[\"'`]|setInterval\(\s*[\"'`]|javascript:"
    storing = r"localStorage|sessionStorage|indexedDB|document\.cookie|caches\b|serviceWorker"
    others = r"postMessage|new WebSocket|EventSource|importScripts|\bimport\("
    loose = r"[^=!<>]==[^=]|!=[^=]"
    polluting = r"__proto__|\.prototype\b|Object\.assign\(|\.constructor\b"
    wrong = re.compile("|".join((markup, running, storing, others, loose, polluting)))
    found = [(path.name, wrong.findall(path.read_text())) for path in SCRIPTS]
    assert [one for one in found if one[1]] == []
    # The one key that is no literal comes from a list in the same file.
    keyed = re.compile(r"\w\[(?![\"'0-9])[^\]]+\]\s*=[^=]")
    assert [keyed.findall(path.read_text()) for path in SCRIPTS if path.name != "passkey.js"] == [
        [] for path in SCRIPTS if path.name != "passkey.js"
    ]


def test_the_library_for_parts_of_pages_runs_and_keeps_nothing() -> None:
    said = (ROOT / "templates/clinic/web/htmx.html").read_text()
    found = re.search(r"content='(\{.*?\})'", said, re.DOTALL)
    assert found is not None
    given = json.loads(found[1])
    assert (given["allowEval"], given["allowScriptTags"], given["historyCacheSize"]) == (
        False,
        False,
        0,
    )


def test_types_are_strict() -> None:
    rules = (ROOT / "pyproject.toml").read_text()
    assert "[tool.mypy]\nstrict = true\n" in rules
