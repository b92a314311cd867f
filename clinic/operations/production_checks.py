"""System checks of what production runs on: the database, the broker, the mail server, the proxy.

They warn and do not refuse: whoever runs the site may have a reason, such as a network of its own.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage

from clinic.env import LOOPBACK

# In libpq, only these two modes look at who holds the certificate.
_VERIFYING = ("verify-full", "verify-ca")
_YEAR = 31_536_000
# A link has 35 characters more, and 75 are left whole in a header by every mail library.
_LONGEST_ADDRESS = 40


def production_is_sound(**kwargs: object) -> list[CheckMessage]:
    """Return a warning for each thing in which a site on a public address is not yet sound."""
    if settings.TRIAL:
        return []
    return [*_database(), *_broker(), *_mail(), *_proxy(), *_history(), *_long_address(), *_hsts()]


def _is_here(host: str) -> bool:
    """Return whether the host is this machine; a path is that of a socket."""
    return not host or host.startswith("/") or host in LOOPBACK


def _database() -> Iterator[CheckMessage]:
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        yield checks.Warning(
            "The database is SQLite.",
            hint="Fit for one machine and about five people at work at the same time: writing goes"
            " one after another. Set DATABASE_URL to a PostgreSQL server for more.",
            id="clinic.W010",
        )
        return
    mode = database.get("OPTIONS", {}).get("sslmode", "")
    if not _is_here(database["HOST"]) and mode not in _VERIFYING:
        yield checks.Warning(
            "The connection to PostgreSQL may be read or taken over on its way.",
            hint="Add ?sslmode=verify-full to DATABASE_URL.",
            id="clinic.W011",
        )


def _broker() -> Iterator[CheckMessage]:
    address = urlsplit(settings.REDIS_URL)
    verifies = parse_qs(address.query).get("ssl_cert_reqs", [""])[0].lower()
    is_safe = address.scheme == "rediss" and verifies in ("required", "cert_required")
    if not _is_here(address.hostname or "") and not is_safe:
        yield checks.Warning(
            "The connection to Redis may be read or taken over on its way.",
            hint="Set REDIS_URL to rediss://… with ?ssl_cert_reqs=required: without it no"
            " certificate is looked at.",
            id="clinic.W012",
        )


def _mail() -> Iterator[CheckMessage]:
    is_safe = settings.EMAIL_USE_SSL or settings.EMAIL_USE_TLS
    if not _is_here(settings.EMAIL_HOST) and not is_safe:
        yield checks.Warning(
            "Mail with links and codes goes to the mail server in the clear.",
            hint="Begin EMAIL_URL with smtps://, or add ?tls=1 to it.",
            id="clinic.W013",
        )


def _proxy() -> Iterator[CheckMessage]:
    if not settings.PROXY_COUNT:
        yield checks.Warning(
            "PROXY_COUNT is 0, but something in front of the site must speak https for it.",
            hint="Set PROXY_COUNT to the number of proxies: without it every request is sent in"
            " circles to https, and everybody has the proxy's address.",
            id="clinic.W014",
        )


def _history() -> Iterator[CheckMessage]:
    if (Path(settings.BASE_DIR) / ".git").exists():
        yield checks.Warning(
            "The folder of the program holds its history (.git).",
            hint="Nothing serves it. Install from a release, or with git archive, all the same.",
            id="clinic.W015",
        )


def _long_address() -> Iterator[CheckMessage]:
    if len(settings.SITE_URL) > _LONGEST_ADDRESS:
        yield checks.Warning(
            f"SITE_URL is longer than {_LONGEST_ADDRESS} characters: the link in the header "
            "by which mail programs stop reminders may be cut in two.",
            hint="Choose a shorter name for the site.",
            id="clinic.W016",
        )


def _hsts() -> Iterator[CheckMessage]:
    if settings.SECURE_HSTS_SECONDS < _YEAR:
        yield checks.Info(
            f"Browsers remember for {settings.SECURE_HSTS_SECONDS} seconds to use https only.",
            hint=f"When https has worked for some weeks, set HSTS_SECONDS to {_YEAR}.",
            id="clinic.I001",
        )
