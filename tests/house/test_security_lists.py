"""The lists of docs/security-lists.md agree with the code."""

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.urls import get_resolver
from django.utils.module_loading import import_string

from clinic.checks import _patterns
from clinic.models.sign_in import MailedCode
from clinic.security import second_factor
from clinic.security.uploads import MOST_BYTES, is_for_files
from clinic.sign_in.guessing import tries
from clinic.sign_in.passwords.own_words import LEAST_LEFT, WORDS

ROOT = Path(settings.BASE_DIR)
LISTS = (ROOT / "docs" / "security-lists.md").read_text(encoding="utf-8")
SECURITY = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
APPS = ("clinic", "booking", "intake")


def rows(heading: str, number: int = 0) -> list[list[str]]:
    """Return the cells of the table of that number under a heading, without its head."""
    section = LISTS.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    table = re.findall(r"(?:^\|.*\|$\n?)+", section, re.M)[number]
    lines = [line.strip("|").split("|") for line in table.strip().splitlines()[2:]]
    return [[cell.strip() for cell in line] for line in lines]


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


# --- Ways in --------------------------------------------------------------------------------------

# Where nobody is signed in: to leave, to be led on, and what says the same to everybody.
NO_WAY_IN = {
    *(
        "still_here",
        "after_sign_in",
        "account_logout",
        "account_inactive",
        "account_reset_password_done",
    ),
    "account_reset_password_from_key_done",
}
SIGNING_IN = ("allauth.", "clinic.sign_in", "clinic.people")
# They open what they name, and sign nobody in.
BY_KEY = {"open_link", "intake_resume", "calendar_feed", "intake_welcome", "own_questions"}
AGAIN = {"account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"}


def test_every_page_of_signing_in_that_is_open_to_a_stranger_is_a_way_in() -> None:
    opened, known = set(), set()
    for pattern in _patterns(get_resolver()):
        known.add(pattern.name)
        audience = getattr(pattern.callback, "audience", "public: the library decides")
        module = pattern.callback.__module__
        if audience.startswith("public") and module.startswith(SIGNING_IN):
            opened.add(pattern.name)
    listed = {name for row in rows("Ways in") for name in names(row[1]) if " " not in name}
    assert opened - NO_WAY_IN == listed - BY_KEY
    assert known >= BY_KEY | NO_WAY_IN
    again = LISTS.partition("A fresh proof")[2].partition(":")[0]
    assert set(names(again)) == AGAIN


def test_passwords_codes_and_passkeys_are_all_that_is_switched_on() -> None:
    assert settings.AUTHENTICATION_BACKENDS == [
        "allauth.account.auth_backends.AuthenticationBackend"
    ]
    assert {"email"} == settings.ACCOUNT_LOGIN_METHODS
    assert settings.MFA_SUPPORTED_TYPES == ["totp", "webauthn", "recovery_codes"]
    commands = {path.stem for path in (ROOT / "clinic/management/commands").glob("*.py")}
    assert {"first_user", "reset_sign_in"} <= commands


# --- Limits ---------------------------------------------------------------------------------------


def limits_as_shipped() -> dict[str, tuple[int, int]]:
    """Return LIMITS as settings.py has it; a run of the tests may have lifted it."""
    tree = ast.parse((ROOT / "clinic" / "settings.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "LIMITS":
            found: dict[str, tuple[int, int]] = ast.literal_eval(node.value)
            return found
    raise AssertionError("no LIMITS")


def test_every_limit_is_listed_with_its_numbers_and_is_asked_somewhere() -> None:
    wanted: dict[str, tuple[int, int]] = {
        **limits_as_shipped(),
        **{
            name: (one.most, int(one.window.total_seconds()))
            for name, one in (
                ("OF_ONE_PLACE", tries.OF_ONE_PLACE),
                ("OF_THE_ACCOUNT", tries.OF_THE_ACCOUNT),
            )
        },
        "MailedCode.MOST_TRIES": (
            MailedCode.MOST_TRIES,
            settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT,
        ),
        "second_factor.MOST_TRIES": (
            second_factor.MOST_TRIES,
            int(second_factor.LOCKED.total_seconds()),
        ),
    }
    assert {names(row[0])[0]: (int(row[1]), int(row[2])) for row in rows("Limits")} == wanted
    source = "".join(
        path.read_text() for app in APPS for path in (ROOT / app).rglob("*.py")
        if path.name != "settings.py"
    )  # fmt: skip
    for name in limits_as_shipped():
        asked = re.search(rf'is_over\("{name}"|limited\("{name}"', source)
        assert asked, name


def test_sizes_and_times_are_those_that_are_told() -> None:
    assert f"a body of {settings.DATA_UPLOAD_MAX_MEMORY_SIZE:,} bytes" in LISTS
    assert f"{settings.DATA_UPLOAD_MAX_NUMBER_FIELDS} fields, no file" in LISTS
    assert settings.FILE_UPLOAD_HANDLERS == ["clinic.security.uploads.NoFiles"]
    assert f"{settings.DATA_UPLOAD_MAX_NUMBER_FILES} files, {MOST_BYTES:,} bytes" in LISTS
    assert settings.SESSION_IDLE_MINUTES == {"staff": 15, "patient": 60}
    assert settings.SESSION_TOTAL_HOURS == 12
    assert "after 15 minutes without a request for staff, 60 for patients" in SECURITY
    assert "after 12 hours in all" in SECURITY


# --- What people type -----------------------------------------------------------------------------


def _forms(base: Any = forms.BaseForm) -> set[Any]:
    found = set()
    for one in base.__subclasses__():
        found |= {one} | _forms(one)
    return {one for one in found if one.__module__.partition(".")[0] in APPS}


def test_every_kind_of_field_and_every_form_with_a_rule_is_listed() -> None:
    assert get_resolver().url_patterns
    # The sign-in library imports its forms, which settings name, only when it draws them.
    for path in (*settings.ACCOUNT_FORMS.values(), *settings.MFA_FORMS.values()):
        assert import_string(path)
    made = _forms()
    kinds = {type(field) for one in made for field in getattr(one, "base_fields", {}).values()}
    listed = {name for row in rows("What people type") for name in names(row[0])}
    assert {one.__name__ for one in kinds} == listed
    # One takes files, which are read as text: nothing is stored whole, unpacked or served.
    with_files = {
        one.__name__
        for one in made
        if any(
            isinstance(field, forms.FileField) for field in getattr(one, "base_fields", {}).values()
        )
    }
    assert with_files == {"FilesForm"}
    with_rules = {one.__name__ for one in made if "clean" in vars(one)}
    assert with_rules == {name for row in rows("What people type", 1) for name in names(row[0])}


def test_one_page_offers_to_send_files() -> None:
    taking = re.compile(r'type="file"|multipart/form-data|FileInput|request\.FILES')
    found = [
        str(path)
        for folder, kind in (*((app, "*.py") for app in APPS), ("templates", "*.html"))
        for path in (ROOT / folder).rglob(kind)
        if taking.search(path.read_text(encoding="utf-8"))
    ]
    assert sorted(str(Path(one).relative_to(ROOT)) for one in found) == [
        "booking/moving_in/views.py",
        "templates/booking/moving_in/files.html",
    ]
    marked = {one.name for one in _patterns(get_resolver()) if is_for_files(one.callback)}
    assert marked == {"moving_in"}


# --- Where text goes, keys, classes ---------------------------------------------------------------


def test_whatever_text_goes_to_has_its_tests() -> None:
    for row in rows("Text that goes elsewhere"):
        cited = names(row[2])
        assert cited
        assert all((ROOT / one).is_file() for one in cited), row


def test_every_key_of_the_settings_and_every_algorithm_is_listed() -> None:
    listed = {row[0].strip("`"): row[1] for row in rows("Keys and algorithms")}
    source = (ROOT / "clinic" / "settings.py").read_text(encoding="utf-8")
    keys = set(re.findall(r'env\.(?:secret|field_keys|secrets_listed)\(\s*"(\w+)"', source))
    assert keys == {"SECRET_KEY", "FIELD_KEYS", "DIGEST_KEY"}
    assert keys <= set(listed)
    hasher = Argon2PasswordHasher()
    cost = f"{hasher.memory_cost} KiB, {hasher.time_cost} passes, {hasher.parallelism} lanes"
    assert listed["passwords"] == f"Argon2id, {cost}"
    first = re.search(r"PASSWORD_HASHERS = \[\s*\"([\w.]+)\"", source)
    assert first is not None
    assert first[1].endswith("Argon2PasswordHasher")


def test_every_class_of_columns_says_what_it_needs() -> None:
    text = (ROOT / "clinic" / "database" / "clear_columns.toml").read_text(encoding="utf-8")
    listed = [name for row in rows("What each class of data needs") for name in names(row[0])]
    assert sorted(listed) == sorted(tomllib.loads(text)["reasons"])


def test_the_words_that_make_no_password_are_told() -> None:
    assert ", ".join(WORDS) in SECURITY
    assert LEAST_LEFT == 8
    assert "Eight letters have to be left" in SECURITY
