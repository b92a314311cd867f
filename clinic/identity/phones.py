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


def dialed(number: str) -> str:
    """Return the kept number as it is dialed in the US: 781-555-0142, abroad 011 44 20 7946 0018.

    It begins with a digit, so no spreadsheet takes it for a formula. Other text comes back as is.
    """
    try:
        found = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    if found.country_code != 1:
        return phonenumbers.format_out_of_country_calling_number(found, "US")
    digits = phonenumbers.national_significant_number(found)
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}" if len(digits) == 10 else number
