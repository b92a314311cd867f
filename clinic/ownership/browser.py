"""What a browser's session may open without signing in, and until when.

A session notes a thing together with the epoch of the patient whose it is. When her row changes
hands the epoch is another one, and the note opens nothing. Every key of a session that opens
something of a patient is written and read here.
"""

from django.http import HttpRequest

from clinic.models.people import Patient


def note(request: HttpRequest, key: str, thing: object, patient: Patient) -> None:
    """Note in the session under `key` that it may open this thing, as long as the row is the same.

    `thing` is an id without blanks, `patient` whose it is.
    """
    request.session[key] = f"{thing} {patient.home.epoch}"


def noted(request: HttpRequest, key: str) -> str:
    """Return the id of the thing under `key`, "" for none. It says nothing about the right."""
    return _read(request, key)[0]


def may_open(request: HttpRequest, key: str, thing: object, patient: Patient) -> bool:
    """Return whether the session noted this thing under `key` since the row last changed hands."""
    return _read(request, key) == (str(thing), patient.home.epoch)


def _read(request: HttpRequest, key: str) -> tuple[str, int]:
    thing, _, epoch = str(request.session.get(key, "")).partition(" ")
    # A session from before there were epochs holds none: nothing has changed hands since.
    return thing, int(epoch or 0)
