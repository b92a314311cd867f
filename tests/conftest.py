"""Fixtures for all tests. The plugin tests.services has set the addresses of the servers before."""

import gc
import math
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.db import connection, connections
from django.template import Context, Template
from django.test import TransactionTestCase, override_settings
from playwright.sync_api import BrowserContext, Page, Playwright, expect

from clinic.before_opening.facts_rows import read_facts
from clinic.database.append_only import lifted
from clinic.practice import facts
from tests import services, tools
from tests.browser import LAUNCH, Watch, assert_accessible
from tests.cast import ELL_POND
from tests.celery_processes import CeleryProcess

# No deadline: a slow machine must not fail a test.
hypothesis.settings.register_profile(
    "house",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("house")

# Milliseconds until what a page should show has to be there.
expect.set_options(timeout=20_000)

# After how many seconds a process outside of tests reads the facts of the clinic again.
SECONDS_OF_FACTS = facts.READ_AGAIN_AFTER
NARROW, WIDE = (390, 844), (1280, 900)
BROWSER_FIXTURES = {"page", "wide_page", "open_page", "browser"}


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Turn the garbage collector off while tests are collected.

    Modules, models and tests all live until the end. Frozen, they are not looked through again and
    again during every test.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
        # A page makes and drops some ten thousand objects; hardly any of them is in a circle.
        gc.set_threshold(50_000, 20, 20)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that use a browser, for `-m "not browser"`, and put the long ones first."""
    for item in items:
        if BROWSER_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    items[:] = longest_first(items, workers)


def longest_first(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """Return the tests with those marked `long` moved to where a worker begins.

    xdist gives each worker an equal stretch of the list at first. If a long test came last, all
    other workers would be idle while it runs.
    """
    long = [item for item in items if item.get_closest_marker("long")]
    ordered = [item for item in items if not item.get_closest_marker("long")]
    stretch = len(items) // workers
    for number, item in enumerate(long):
        # Two after the beginning, as the stretches are not all of the same length.
        ordered.insert(number % workers * stretch + 2, item)
    return ordered


# --- Passwords ------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Generator[None, None, None]:
    """Hash passwords fast. A test of the hashing itself uses `real_passwords`."""
    quick = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    with override_settings(PASSWORD_HASHERS=quick):
        yield


@pytest.fixture
def real_passwords(quick_passwords: None) -> Generator[None, None, None]:
    """Hash passwords with the real hashers."""
    with override_settings(PASSWORD_HASHERS=settings.PASSWORD_HASHERS[1:]):
        yield


# --- Templates ------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def only_pages_are_recorded(django_test_environment: None) -> Generator[None, None, None]:
    """Record for `response.context` what a view rendered, and not each part of it.

    Django records every template in tests, also that of each include and widget, with a copy of
    its context. Nothing here reads those.
    """
    recorded, is_inside = Template._render, ContextVar("is_inside", default=False)

    def render(template: Template, context: Context) -> str:
        if is_inside.get():
            return template.nodelist.render(context)
        token = is_inside.set(True)
        try:
            return recorded(template, context)
        finally:
            is_inside.reset(token)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Template, "_render", render)
        yield


# --- Database -------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Use a copy of the migrated database, if the run has one.

    An SQLite test database is a file, so that threads and processes can share it.
    """
    migrated, database = os.environ[services.MIGRATED], settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"]["NAME"] = str(settings.VAR_DIR / "test.sqlite3")
        shutil.copyfile(migrated, database["TEST"]["NAME"])
    elif migrated:
        database["TEST"]["TEMPLATE"] = migrated
    if migrated:
        # Finding out that there is nothing to migrate takes as long as a hundred tests.
        database["TEST"]["MIGRATE"] = False


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool) -> bool:
    """Do not drop a copied database: it is removed with its server or folder."""
    return django_db_keepdb or bool(os.environ[services.MIGRATED])


@pytest.fixture(scope="session", autouse=True)
def flush_may_empty_append_only_tables() -> Generator[None, None, None]:
    """Lift the triggers of append-only tables for the flush after a transactional test.

    Emptying all tables is one statement. On a busy machine it takes longer than a statement of the
    product may, and what was not emptied would fail the next test.
    """
    flush = TransactionTestCase._fixture_teardown

    def flush_lifted(self: TransactionTestCase) -> None:
        with _statements_may_take_long(), lifted():
            flush(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", flush_lifted)
        yield


@contextmanager
def _statements_may_take_long() -> Iterator[None]:
    """Lift the time limit of statements; whoever waits for a lock still ends in seconds."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")


# --- The clinic -----------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def known_facts() -> Generator[None, None, None]:
    """Have every test know one clinic, which is open, whatever its database holds.

    The facts are not read again because time has passed: that would undo what a slow test changed,
    such as the zone. A test of the facts themselves uses `real_facts`.
    """
    read, after = facts._KNOWN.read, facts.READ_AGAIN_AFTER
    facts.register_reader(lambda: ELL_POND)
    facts.READ_AGAIN_AFTER = math.inf
    yield
    facts.register_reader(read)
    facts.READ_AGAIN_AFTER = after


@pytest.fixture
def real_facts(known_facts: None) -> Generator[None, None, None]:
    """Read the facts of the clinic from the database, as outside of tests; begin without any."""
    zone, never = settings.CLINIC_TIME_ZONE, facts.READ_AGAIN_AFTER
    facts.forget()
    facts.register_reader(read_facts)
    facts.READ_AGAIN_AFTER = SECONDS_OF_FACTS
    yield
    facts.register_reader(lambda: ELL_POND)
    facts.READ_AGAIN_AFTER = never
    facts.forget()
    settings.CLINIC_TIME_ZONE = settings.TIME_ZONE = zone


@pytest.fixture
def clinic(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that changes what this test knows of the clinic."""

    def change(**values: Any) -> None:
        monkeypatch.setattr(facts._KNOWN, "facts", replace(facts.clinic_facts(), **values))
        # The reader of all tests would bring the old ones back.
        monkeypatch.setattr(facts._KNOWN, "read", lambda: None)

    return change


# --- Background work ------------------------------------------------------------------------------


@pytest.fixture
def celery_process(
    transactional_db: None, tmp_path: Path
) -> Generator[Callable[..., CeleryProcess], None, None]:
    """Return a function that starts a real `worker` or `beat` on the database of this test.

    Keyword arguments are environment variables of the process. All processes end with the test.
    """
    started: list[CeleryProcess] = []

    def start(kind: str, **environment: str) -> CeleryProcess:
        process = CeleryProcess(kind, tmp_path, **environment)
        started.append(process)
        return process.wait_until_ready()

    yield start
    for process in started:
        process.stop()


@pytest.fixture
def celery_worker_process(celery_process: Callable[..., CeleryProcess]) -> CeleryProcess:
    """Return a running Celery worker."""
    return celery_process("worker")


# --- Browser --------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Launch the installed Chromium, with options that stop its own requests to other sites."""
    return {**browser_type_launch_args, "executable_path": tools.chromium(), "args": LAUNCH}


@pytest.fixture(scope="session")
def playwright(playwright: Playwright) -> Generator[Playwright, None, None]:
    """Close the database connections before the event loop of the browser ends.

    Connections opened beside it are out of reach afterwards, and would keep the database from being
    dropped.
    """
    yield playwright
    connections.close_all()


@pytest.fixture
def open_page(
    new_context: Callable[..., BrowserContext], live_server: Any
) -> Generator[Callable[..., Page], None, None]:
    """Return a function that opens a watched page in a browser session of its own.

    `size` is (width, height) in CSS pixels; other keyword arguments go to the browser context. The
    test fails if any watch has a complaint.
    """
    watches: list[Watch] = []

    def open_(size: tuple[int, int] = NARROW, **context: Any) -> Page:
        viewport = {"width": size[0], "height": size[1]}
        page = new_context(viewport=viewport, base_url=live_server.url, **context).new_page()
        watches.append(Watch(page, live_server.url))
        return page

    yield open_
    assert [complaint for watch in watches for complaint in watch.complaints] == []


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """Return a watched page as on a phone, 390 px wide."""
    return open_page(NARROW)


@pytest.fixture
def wide_page(open_page: Callable[..., Page]) -> Page:
    """Return a watched page as on a desktop, 1280 px wide."""
    return open_page(WIDE)


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """Return a function that checks a page for violations of WCAG 2.2 A and AA."""
    return assert_accessible
