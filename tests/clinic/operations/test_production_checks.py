"""What production runs on: each thing that is not sound is warned about, by its id."""

import ssl
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from clinic.messages.delivery.smtp import SmtpBackend
from clinic.operations import production_checks
from clinic.operations.server import keepalive

POSTGRESQL = "django.db.backends.postgresql"
YEAR = 31_536_000


def database(host: str, sslmode: str = "", engine: str = POSTGRESQL) -> dict[str, Any]:
    options = {"sslmode": sslmode} if sslmode else {}
    return {"DATABASES": {"default": {"ENGINE": engine, "HOST": host, "OPTIONS": options}}}


SOUND = {
    "TRIAL": False,
    **database("db.example", "verify-full"),
    "REDIS_URL": "rediss://redis.example/0?ssl_cert_reqs=required",
    "EMAIL_HOST": "mail.example",
    "EMAIL_USE_SSL": True,
    "EMAIL_USE_TLS": False,
    "PROXY_COUNT": 1,
    "SECURE_HSTS_SECONDS": YEAR,
    "BASE_DIR": "/nowhere",
    "SITE_URL": "https://appointments.ell-pond-pt.example",
}
TABLE: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    (database("", engine="django.db.backends.sqlite3"), ["clinic.W010"]),
    (database("db.example"), ["clinic.W011"]),
    (database("db.example", "require"), ["clinic.W011"]),
    (database("db.example", "verify-ca"), []),
    (database("127.0.0.1"), []),
    (database("/run/postgresql"), []),
    ({"REDIS_URL": "redis://redis.example/0"}, ["clinic.W012"]),
    ({"REDIS_URL": "rediss://redis.example/0"}, ["clinic.W012"]),
    ({"REDIS_URL": "redis://localhost/0"}, []),
    ({"REDIS_URL": ""}, []),
    ({"EMAIL_USE_SSL": False}, ["clinic.W013"]),
    ({"EMAIL_USE_SSL": False, "EMAIL_USE_TLS": True}, []),
    ({"EMAIL_USE_SSL": False, "EMAIL_HOST": "localhost"}, []),
    ({"PROXY_COUNT": 0}, ["clinic.W014"]),
    ({"SECURE_HSTS_SECONDS": 3600}, ["clinic.I001"]),
    ({"BASE_DIR": "a clone"}, ["clinic.W015"]),
    ({"SITE_URL": "https://appointments.ell-pond-clinic.example"}, ["clinic.W016"]),
    ({"TRIAL": True, "PROXY_COUNT": 0, "EMAIL_USE_SSL": False}, []),
]


@pytest.mark.parametrize(("changed", "ids"), TABLE)
def test_each_unsound_thing_has_its_warning(monkeypatch, tmp_path, changed, ids):
    if "clinic.W015" in ids:
        (tmp_path / ".git").mkdir()
        changed = {"BASE_DIR": str(tmp_path)}
    monkeypatch.setattr(production_checks, "settings", SimpleNamespace(**{**SOUND, **changed}))
    assert [found.id for found in production_checks.production_is_sound()] == ids


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_a_probe_by_address_is_answered_and_leaves_no_error_in_the_log(settings, caplog, path):
    settings.ALLOWED_HOSTS = [settings.SITE_HOST]
    settings.SECURE_SSL_REDIRECT = True
    answer = Client().get(path, headers={"host": "10.1.2.3:8000"})
    assert answer.status_code == 200
    assert answer.content == path.encode().replace(b"/health/", b"") + b"\n"
    assert [one.name for one in caplog.records if one.name.startswith("django.security")] == []


@pytest.mark.django_db
def test_any_other_page_by_address_is_refused(settings):
    settings.ALLOWED_HOSTS = [settings.SITE_HOST]
    assert Client().get("/privacy/", headers={"host": "10.1.2.3:8000"}).status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        *("/.git/HEAD", "/static/.git/HEAD", "/static/../.git/HEAD", "/static/%2e%2e/.git/HEAD"),
        *("/static/", "/static/clinic/", "/static/library/", "/static/../manage.py"),
        *("/static//etc/passwd", "/static/..%2fmanage.py", "/docs/", "/admin/", "/metrics"),
    ],
)
def test_no_history_no_list_of_files_and_nothing_beside_them_is_served(path):
    assert Client().get(path).status_code == 404


def test_the_mail_server_has_to_show_its_certificate():
    context = SmtpBackend(host="mail.example", use_ssl=True).ssl_context
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_a_connection_stays_open_while_somebody_reads():
    assert keepalive >= 30
