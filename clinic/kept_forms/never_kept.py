"""Forms and fields that are never kept: what proves who somebody is.

A page of this kind must be filled in anew. Its address is enough to know it, and the names of its
fields are a second lock: a secret that stands in another form is left out of what is kept.
"""

# mypy: disallow-any-explicit

# The pages of signing in, passwords and codes: names of addresses begin with one of these.
SIGN_IN_ADDRESSES = ("account_", "mfa_")
# Fields that hold a secret, besides every name with "password" in it.
SECRET_FIELDS = frozenset({"code", "login", "csrfmiddlewaretoken"})
# A form with one of these fields is a gate, such as the one that asks for the date of birth.
GATES = frozenset({"birth_gate"})


def is_kept(address: str, names: frozenset[str]) -> bool:
    """Return whether a form may be kept: `address` is the name of its URL, `names` its fields."""
    return not address.startswith(SIGN_IN_ADDRESSES) and not names & GATES


def is_secret(name: str) -> bool:
    """Return whether a field holds what is never kept and never shown again."""
    return name in SECRET_FIELDS or "password" in name
