"""On a public address the site does not start without its keys, a database server and mail."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from clinic.env import MailServer, mail_server, own_password

NEEDED = {
    "SECRET_KEY": "k" * 60,
    "FIELD_KEYS": settings.FIELD_KEYS[0],
    "DIGEST_KEY": "d" * 60,
    "DATABASE_URL": "postgres://clinic@db.example/clinic",
    "EMAIL_URL": "smtps://mail.example",
    "MAIL_FROM": "mail@clinic.example",
}
SHOWN = "; ".join(
    (
        "from clinic import settings as s",
        "print(s.EMAIL_BACKEND, s.LIMITS['wrong_links'])",
        "print(s.SECURE_HSTS_SECONDS, s.SECURE_HSTS_PRELOAD)",
    )
)


def start(folder: Path, missing: str = "", **given: str) -> subprocess.CompletedProcess[str]:
    """Load the settings as in production, without that variable."""
    others = {"ALLOW_SQLITE", "REDIS_URL", "HSTS_SECONDS", "HSTS_SUBDOMAINS", *NEEDED}
    return subprocess.run(
        [sys.executable, "-c", SHOWN],
        cwd=settings.BASE_DIR,
        env={
            **{name: value for name, value in os.environ.items() if name not in others},
            **{name: value for name, value in NEEDED.items() if name != missing},
            "SITE_URL": "https://clinic.example",
            "RUN_READY_VAR": str(folder),
            "RUN_READY_LIMITS": "",
            **given,
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("missing", list(NEEDED))
def test_without_it_the_start_is_refused_and_it_is_named(tmp_path, missing):
    started = start(tmp_path, missing)
    assert started.returncode != 0
    assert missing in started.stderr.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


def test_with_all_of_it_the_site_starts_as_shipped_with_https_for_an_hour(tmp_path):
    started = start(tmp_path)
    assert started.returncode == 0, started.stderr
    assert started.stdout.splitlines() == [
        "clinic.messages.delivery.smtp.SmtpBackend (60, 600)",
        "3600 False",
    ]


def test_https_for_a_year_is_for_the_clinic_to_say(tmp_path):
    started = start(tmp_path, HSTS_SECONDS="31536000", HSTS_SUBDOMAINS="1")
    assert started.stdout.splitlines()[1] == "31536000 True"


def test_sqlite_is_taken_only_by_name_and_the_refusal_says_for_what_size_it_is_fit(tmp_path):
    refused = start(tmp_path, "DATABASE_URL")
    assert "one machine and about five people" in refused.stderr.splitlines()[-1]
    assert start(tmp_path, "DATABASE_URL", ALLOW_SQLITE="1").returncode == 0


def test_debugging_and_plain_http_are_refused_on_a_public_address(tmp_path):
    for given in ({"DEBUG": "1"}, {"SITE_URL": "http://clinic.example"}):
        started = start(tmp_path, **given)
        assert started.returncode != 0
        assert "public address" in started.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("url", "is_taken"),
    [
        ("postgres://postgres:postgres@db.example/clinic", False),
        ("postgres://clinic:Clinic@db.example/clinic", False),
        ("rediss://:redis@redis.example/0", False),
        ("smtps://ruth:p%61ssword@mail.example", False),
        ("postgres://clinic@db.example/clinic", True),
        ("postgres://clinic:vY3-q8_kd@db.example/clinic", True),
        ("", True),
    ],
)
def test_a_password_that_everybody_tries_first_is_refused(url, is_taken):
    assert own_password("X_URL", url, trial=True) == url
    if is_taken:
        assert own_password("X_URL", url, trial=False) == url
        return
    with pytest.raises(ImproperlyConfigured, match="X_URL"):
        own_password("X_URL", url, trial=False)


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://", "smtp://m:x"])
def test_a_mail_server_that_cannot_be_read_is_refused(tmp_path, url):
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL"):
        mail_server(url)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://127.0.0.1:2525", MailServer("127.0.0.1", 2525, "", "", False, False)),
        ("smtp://mail.example", MailServer("mail.example", 25, "", "", False, False)),
        ("smtp://mail.example?tls=1", MailServer("mail.example", 587, "", "", False, True)),
        ("smtps://mail.example?tls=1", MailServer("mail.example", 465, "", "", True, False)),
        (
            "smtps://ruth%40clinic.example:p%3Aw%2F%40@mail.example:2465",
            MailServer("mail.example", 2465, "ruth@clinic.example", "p:w/@", True, False),
        ),
    ],
)
def test_a_mail_server_is_read_from_its_url(url, server):
    assert mail_server(url) == server
