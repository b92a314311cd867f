"""Typed readers of the environment. A value that cannot be right stops the start, and says so."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

LOOPBACK = {"127.0.0.1", "localhost", "::1", "testserver"}


def text(name: str, default: str = "") -> str:
    """Return the variable, or the default when it is unset or blank."""
    return os.environ.get(name, "").strip() or default


def flag(name: str) -> bool:
    """Return True for 1/true/yes/on, False when unset or 0/false/no/off."""
    value = text(name, "0").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0.")


def number(name: str, default: int) -> int:
    """Return a whole number."""
    value = text(name, str(default))
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} must be a whole number.")
    return int(value)


def listed(name: str) -> list[str]:
    """Return the comma-separated members, without blanks."""
    return [part.strip() for part in text(name).split(",") if part.strip()]


def is_loopback(url: str) -> bool:
    """Tell whether the address can be reached from this machine only."""
    return (urlsplit(url).hostname or "") in LOOPBACK


def secret(name: str, *, keep_in: Path, trial: bool, make: Callable[[], str]) -> str:
    """Return the variable; on a trial, make one once and keep it in a file only its owner reads.

    Raises ImproperlyConfigured when it is unset outside a trial.
    """
    value = text(name)
    if value:
        return value
    if not trial:
        raise ImproperlyConfigured(f"{name} must be set when SITE_URL is a public address.")
    if not keep_in.exists():
        keep_in.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(keep_in, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(make())
    return keep_in.read_text().strip()


def new_secret_key() -> str:
    """Return a fresh random signing key."""
    return secrets.token_urlsafe(60)


def new_field_key() -> str:
    """Return a fresh random key for sealed fields."""
    return Fernet.generate_key().decode()
