"""Telephone numbers: parse them as people type them, store one form, format it to be dialed."""

import phonenumbers


def read_phone(text: str) -> str | None:
    """Return the number in E.164 (+17815550142), or None when the text cannot be one.

    A US number needs no country code.
    """
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def dialed(number: str) -> str:
    """Return a stored number as it is dialed in the US: 781-555-0142, or 011 44 20 7946 0018.

    The result begins with a digit, so no spreadsheet takes it for a formula. Text that is no
    number is returned unchanged.
    """
    try:
        found = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    if found.country_code != 1:
        return phonenumbers.format_out_of_country_calling_number(found, "US")
    digits = phonenumbers.national_significant_number(found)
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}" if len(digits) == 10 else number
