"""Seal anew the secrets of authenticator apps and recovery codes, in the library's table."""

from typing import Any

from allauth.mfa.models import Authenticator

from clinic.database.sealed import is_sealed_by_first_key, sealed_anew

# What every sealed text begins with: the version of the format, in base64.
_SEALED = "gAAAA"


def renew_second_factors(*, write: bool) -> int:
    """Seal the secrets with the first key; return how many were sealed by another."""
    count = 0
    for row in Authenticator.objects.select_for_update() if write else Authenticator.objects.all():
        renewed = [0]
        data = _renewed(row.data, renewed)
        count += renewed[0]
        if write and renewed[0]:
            Authenticator.objects.filter(pk=row.pk).update(data=data)
    return count


def _renewed(value: Any, count: list[int]) -> Any:
    """Return the JSON with each sealed text in it sealed anew; adds to the count."""
    if isinstance(value, dict):
        return {name: _renewed(one, count) for name, one in value.items()}
    if isinstance(value, list):
        return [_renewed(one, count) for one in value]
    if isinstance(value, str) and value.startswith(_SEALED) and not is_sealed_by_first_key(value):
        count[0] += 1
        return str(sealed_anew(value))
    return value
