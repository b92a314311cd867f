"""Telephone numbers in sentences become links, and nothing else does."""

import pytest

from clinic.web.phone_links import dialable, numbers_linked


@pytest.mark.parametrize(
    ("number", "dials"),
    [
        ("911", "911"),
        ("988", "988"),
        ("1-833-852-6262", "+18338526262"),
        ("833-773-2445", "+18337732445"),
        ("(781) 555-0142", "+17815550142"),
        ("781 555 0142", "+17815550142"),
        ("+1 781.555.0142", "+17815550142"),
        ("1-833-TLC-MAMA", "+18338526262"),
    ],
)
def test_each_way_of_writing_a_number_is_a_link(number: str, dials: str) -> None:
    assert dialable(number) == dials
    assert numbers_linked(f"Call {number}.") == f'Call <a href="tel:{dials}">{number}</a>.'


@pytest.mark.parametrize(
    "text",
    ["A fever of 100.4°F (38°C)", "Room 9112", "2026-11-30", "29 questions", "CodeSystem/1.1", ""],
)
def test_what_is_no_number_to_call_stays_as_it_is(text: str) -> None:
    assert numbers_linked(text) == text


def test_the_rest_of_the_text_is_escaped() -> None:
    assert numbers_linked("<b>Call</b> 911 & wait") == (
        '&lt;b&gt;Call&lt;/b&gt; <a href="tel:911">911</a> &amp; wait'
    )
