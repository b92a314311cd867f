"""Read settings from the environment, each as its own type.

A value that cannot be right raises ImproperlyConfigured, so the site does not start with it.
"""

import os
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

# `testserver` is the host of Django's test client.
LOOPBACK = {"127.0.0.1", "localhost", "::1", "testserver"}


def text(name: str, default: str = "") -> str:
    """Return the variable, or the default when it is unset or blank."""
    return os.environ.get(name, "").strip() or default


def var_dir() -> Path:
    """Return the folder for the files of the site, by default `var` in that of the program."""
    return Path(text("RUN_READY_VAR", str(Path(__file__).resolve().parent.parent / "var")))


def needed(name: str, *, trial: bool) -> str:
    """Return the variable, or "" when it is unset on a trial.

    Raises ImproperlyConfigured when it is unset and this is no trial.
    """
    value = text(name)
    if not value and not trial:
        raise ImproperlyConfigured(f"{name} must be set when SITE_URL is a public address.")
    return value


def flag(name: str) -> bool:
    """Return True for 1/true/yes/on, False when unset or 0/false/no/off."""
    value = text(name, "0").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0.")


def one_of(name: str, known: Collection[str]) -> str:
    """Return the variable, "" when it is unset. Raises ImproperlyConfigured for another value."""
    value = text(name)
    if value not in known:
        raise ImproperlyConfigured(f"{name} must be one of: {', '.join(filter(None, known))}.")
    return value


def number(name: str, default: int) -> int:
    """Return the variable as a whole number of at least 0, or the default when it is unset."""
    value = text(name, str(default))
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} must be a whole number.")
    return int(value)


def listed(name: str) -> list[str]:
    """Return the parts of a comma-separated variable, without blank ones."""
    return [part.strip() for part in text(name).split(",") if part.strip()]


def is_loopback(url: str) -> bool:
    """Return whether the URL can be reached from this machine only."""
    return (urlsplit(url).hostname or "") in LOOPBACK


# Passwords that services have before anybody chose one.
DEFAULT_PASSWORDS = {
    *("admin", "changeme", "default", "guest", "pass", "password", "postgres", "redis", "root"),
    *("secret", "test", "user", "123456", "12345678"),
}


def own_password(name: str, url: str, *, trial: bool) -> str:
    """Return the URL of a service. Raises ImproperlyConfigured for a password of everybody's.

    No password at all is for the service to judge: it may know its own machine, or a certificate.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return url  # it is refused by what reads it
    password, user = unquote(parts.password or ""), unquote(parts.username or "")
    if password and not trial and password.casefold() in {user.casefold(), *DEFAULT_PASSWORDS}:
        raise ImproperlyConfigured(f"The password in {name} is one that everybody tries first.")
    return url


@dataclass(frozen=True)
class MailServer:
    """A mail server: where it is, who signs in to it, and whether by TLS, at once or asked for."""

    host: str
    port: int
    user: str
    password: str
    begins_with_tls: bool
    uses_starttls: bool


def mail_server(url: str) -> MailServer:
    """Return the mail server of a URL like smtp://user:password@host:587?tls=1 or smtps://host.

    Signs in the user or the password that a URL keeps for itself are written as %40 and so on.
    Raises ImproperlyConfigured for a URL that names no mail server.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in ("smtp", "smtps"):
        raise ImproperlyConfigured("EMAIL_URL must look like smtps://user:password@host.")
    begins_with_tls = parts.scheme == "smtps"
    uses_starttls = not begins_with_tls and parse_qs(parts.query).get("tls") == ["1"]
    return MailServer(
        host=host,
        port=port or (465 if begins_with_tls else 587 if uses_starttls else 25),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        begins_with_tls=begins_with_tls,
        uses_starttls=uses_starttls,
    )


def secret(name: str, *, stored_in: Path, trial: bool, make: Callable[[], str]) -> str:
    """Return the variable, or on a trial the secret stored in the file `stored_in`.

    The file is made with the first call and can be read by its owner only. Raises
    ImproperlyConfigured when the variable is unset and this is no trial.
    """
    if value := needed(name, trial=trial):
        return value
    if not stored_in.exists():
        stored_in.parent.mkdir(parents=True, exist_ok=True)
        # Opened with its mode: a file made first and protected later could be read in between.
        descriptor = os.open(stored_in, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(make())
    return stored_in.read_text().strip()


def secrets_listed(name: str, **how: Any) -> list[str]:
    """Return the comma-separated parts of a `secret`, without blank ones. There is one at least."""
    found = [part.strip() for part in secret(name, **how).split(",") if part.strip()]
    if not found:
        raise ImproperlyConfigured(f"{name} holds no key.")
    return found


def field_keys(name: str, **how: Any) -> list[str]:
    """Return the keys of a `secret`. Raises ImproperlyConfigured for what can encrypt nothing."""
    found = secrets_listed(name, **how)
    for number, key in enumerate(found, start=1):
        try:
            Fernet(key)
        except ValueError:
            raise ImproperlyConfigured(
                f"Key {number} of {name} is not a key: it must be 32 bytes in URL-safe base64, "
                "44 characters long. Nothing was encrypted with it."
            ) from None
    return found


def new_secret_key() -> str:
    """Return a fresh random signing key."""
    return secrets.token_urlsafe(60)


def new_field_key() -> str:
    """Return a fresh random key for sealed fields."""
    return Fernet.generate_key().decode()
