"""A stored telephone number as staff read it."""

from django.utils.translation import gettext

from clinic.identity.phones import dialed, is_dialable


def phone_in_words(stored: str) -> str:
    """Return the number as it is dialed, 781-555-0142 ext. 42, or say why nobody can dial it.

    A text from a file that is no number is shown as it was written there, with words beside it.
    """
    if not stored:
        return gettext("no phone number")
    if is_dialable(stored):
        return dialed(stored)
    return gettext("%(text)s (cannot be dialed)") % {"text": dialed(stored)}
