"""Telephone numbers in a sentence as links, so that none has to be copied or typed by hand."""

import re

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# 911 and 988, a number with ten digits, and 1-833-TLC-MAMA. No part of a longer number or word.
_NUMBER = re.compile(
    r"(?<![\w-])"
    r"(?:911|988|1-[0-9]{3}-[A-Z]{3}-[A-Z]{4}"
    r"|(?:\+?1[ .-])?(?:\([0-9]{3}\) ?|[0-9]{3}[ .-])[0-9]{3}[ .-][0-9]{4})"
    r"(?![\w-])"
)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_KEYS = "22233344455566677778889999"
_DIGIT_OF = dict(zip(_LETTERS, _KEYS, strict=True))


def dialable(number: str) -> str:
    """Return a number as a tel: link has it: "911", or "+18338526262" for one with ten digits."""
    digits = "".join(_DIGIT_OF.get(one, one) for one in number if one.isalnum())
    if len(digits) <= 3:
        return digits
    return f"+{digits}" if len(digits) == 11 else f"+1{digits}"


def numbers_linked(text: object) -> SafeString:
    """Return the text, escaped, with each telephone number of this country in it as a tel: link."""
    words = str(text)
    parts: list[SafeString] = []
    end = 0
    for found in _NUMBER.finditer(words):
        number = found.group()
        link = format_html('<a href="tel:{}">{}</a>', dialable(number), number)
        parts += [format_html("{}", words[end : found.start()]), link]
        end = found.end()
    parts.append(format_html("{}", words[end:]))
    return format_html_join("", "{}", ((part,) for part in parts))
