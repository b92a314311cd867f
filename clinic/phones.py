"""Telephone numbers as people write them, kept in one form."""

import phonenumbers


def read_phone(text: str) -> str | None:
    """Return the number as +17815550142, or None. US numbers need no country code."""
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
