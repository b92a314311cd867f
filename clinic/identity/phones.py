# mypy: disallow-any-explicit
"""Telephone numbers: read as people type them, stored in one form, shown to be dialed.

A number is stored as in RFC 3966 without its scheme: +17815550142, or +17815550142;ext=42. A
number from a file that cannot be read is stored as it was written there, so that staff see it.
"""

import re
import unicodedata

import phonenumbers

from clinic.identity.readings import Datum, Doubt, Unreadable, msg

# What a field takes, and what a column holds of a number that cannot be read.
MOST_TYPED, MOST_STORED = 60, 40
MOST_EXTENSION_DIGITS = 8

# Read over, wherever they stand. Without a letter on either side, so that no word is cut in two.
_LABELS = re.compile(
    r"(?<![a-z])(?:cell ?phones?|cell|cellular|mobile|mob|home|work|office|landline|phone|tel"
    r"|telephone|ph|number|nr|no|my|us|usa)(?![a-z])[.:]*|\(\s*[cmhw]\s*\)|(?<![a-z])[cmhw]:",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[^\W\d_]+")
_EXTENSION_WORDS = {"x", "ext", "extn", "extension"}
# A US number some of whose digits are the letters on the keys, as in 800-FLOWERS.
_WITH_LETTERS = re.compile(r"\+?1?[2-9][0-9]{2}[0-9A-Z]{7}", re.IGNORECASE)
# 011 is what is dialed in the US for a call abroad, 00 in most of the world.
_ABROAD = re.compile(r"[+(\s]*(?:011|00)[)\s.-]*(?=[1-9])")

_TOO_MUCH = msg("A phone number has at most %(limit)s characters; this has %(length)s")
_NO_NUMBER = msg("Enter a phone number with its area code, like 781-555-0142")
_WORD = msg("Enter the phone number without words; “%(word)s” cannot be dialed")
_TOO_FEW = msg("Enter a phone number with its area code: 10 digits. This has %(count)s")
_TOO_MANY = msg(
    "This has %(count)s digits; a US number has 10. Enter one number, an extension like “ext. 4”"
)
_AREA = msg(
    "No area code is %(code)s. Check the first three digits; a number from abroad begins with +"
)
_EXCHANGE = msg("No US number goes on with %(code)s after its area code. Check these three digits")
_EXTENSION = msg("An extension has at most %(limit)s digits")
_COUNTRY = msg("No country has this code. Check what follows the +")
_ABROAD_LENGTH = msg("A number with the code +%(code)s is shorter or longer. Count its digits")
_IS_RIGHT = msg("Is %(number)s right? We know no number like it. If it is, send it again")


def phone_reading(text: str) -> Datum[str]:
    """Return the number as it is stored. Raises Unreadable.

    A US number needs no country code; `011`, `00` and `+` begin one from abroad. Labels like
    "(cell)" are read over. A number of North America has ten digits, an area code and an exchange
    that begin with 2 to 9, and no area code of the kind 911; the library has to know none of them,
    because its list of area codes is always older than the newest ones. So what it does not know
    is only a question. Abroad its test for a possible length decides.
    """
    if len(text) > MOST_TYPED:
        raise Unreadable(_TOO_MUCH, {"limit": MOST_TYPED, "length": len(text)})
    plain = _without_labels(_plain(text))
    _refuse_words(plain)
    if abroad := _ABROAD.match(plain):
        plain = f"+{plain[abroad.end() :]}"
    number = _parsed(plain)
    digits = phonenumbers.national_significant_number(number)
    if number.country_code == 1:
        _check_north_american(digits)
    elif _possible(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise Unreadable(_ABROAD_LENGTH, {"code": number.country_code})
    extension = number.extension or ""
    if len(extension) > MOST_EXTENSION_DIGITS:
        raise Unreadable(_EXTENSION, {"limit": MOST_EXTENSION_DIGITS})
    stored = f"+{number.country_code}{digits}" + (f";ext={extension}" if extension else "")
    if phonenumbers.is_valid_number(number):
        return Datum(stored)
    return Datum(stored, Doubt(_IS_RIGHT, {"number": dialed(stored)}, about=stored))


def read_phone(text: str) -> str | None:
    """Return the number as it is stored, or None when the text cannot be one."""
    try:
        return phone_reading(text).value
    except Unreadable:
        return None


def is_dialable(stored: str) -> bool:
    """Return whether the stored text is a number that can be dialed.

    Older rows hold some that only look like one, and a file can bring any text.
    """
    return read_phone(stored) is not None


def dialed(stored: str) -> str:
    """Return a stored number as it is dialed in the US.

    For example 781-555-0142, 781-555-0142 ext. 42 or 011 44 20 7946 0018. The result begins with a
    digit, so no spreadsheet takes it for a formula. Text that is no number is returned unchanged.
    """
    try:
        found = phonenumbers.parse(stored)
    except phonenumbers.NumberParseException:
        return stored
    digits = phonenumbers.national_significant_number(found)
    if found.country_code != 1:
        shown = phonenumbers.format_out_of_country_calling_number(_alone(found), "US")
    elif len(digits) == 10:
        shown = f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"
    else:
        return stored
    return f"{shown} ext. {found.extension}" if found.extension else shown


def phone_address(stored: str) -> str:
    """Return the address that dials the number, such as tel:+17815550142; "" if nothing does.

    An extension follows a comma, a pause of about two seconds. RFC 3966 would write it ;ext=42,
    but telephones with Android dial the letters: 39842.
    """
    if not is_dialable(stored):
        return ""
    number, _, extension = stored.partition(";ext=")
    return f"tel:{number},{extension}" if extension else f"tel:{number}"


def _plain(text: str) -> str:
    """Return the text with plain digits, spaces, dots and hyphens, as the library knows them."""
    shown = (_plain_letter(one) for one in unicodedata.normalize("NFKC", text))
    return "".join(shown).strip()


def _plain_letter(one: str) -> str:
    category = unicodedata.category(one)
    if category == "Nd":
        return str(unicodedata.decimal(one))
    if category == "Cf":
        return ""
    if one in "·•∙‧":
        return "."
    return {"Pd": "-", "Cc": " ", "Zs": " ", "Zl": " ", "Zp": " "}.get(category, one)


def _without_labels(plain: str) -> str:
    # What stood in parentheses leaves them empty.
    return re.sub(r"\(\s*\)|\[\s*\]", " ", _LABELS.sub(" ", plain)).strip(" .:,;/-")


def _refuse_words(plain: str) -> None:
    """Refuse text around the number: the library would leave it out without a word."""
    others = [one for one in _WORDS.findall(plain) if one.lower() not in _EXTENSION_WORDS]
    if not re.search("[0-9]", plain):
        raise Unreadable(_NO_NUMBER)
    if others and not _WITH_LETTERS.fullmatch(re.sub(r"[^0-9A-Za-z+]", "", plain)):
        raise Unreadable(_WORD, {"word": others[0]})


def _parsed(plain: str) -> phonenumbers.PhoneNumber:
    try:
        return phonenumbers.parse(plain, "US")
    except phonenumbers.NumberParseException as problem:
        if problem.error_type == problem.INVALID_COUNTRY_CODE:
            raise Unreadable(_COUNTRY) from None
        count = len(re.findall("[0-9]", plain))
        raise Unreadable(_TOO_MANY if count > 10 else _TOO_FEW, {"count": count}) from None


def _check_north_american(digits: str) -> None:
    if len(digits) != 10:
        raise Unreadable(_TOO_FEW if len(digits) < 10 else _TOO_MANY, {"count": len(digits)})
    area, exchange = digits[:3], digits[3:6]
    if area[0] in "01" or area[1:] == "11":
        raise Unreadable(_AREA, {"code": area})
    if exchange[0] in "01":
        raise Unreadable(_EXCHANGE, {"code": exchange})


def _possible(number: phonenumbers.PhoneNumber) -> int:
    return phonenumbers.is_possible_number_with_reason(number)


def _alone(number: phonenumbers.PhoneNumber) -> phonenumbers.PhoneNumber:
    """Return the number without its extension, which the library would write in its own way."""
    alone = phonenumbers.PhoneNumber()
    alone.merge_from(number)
    alone.extension = None
    return alone
