"""Telephone numbers: parsed as people type them, shown as they are dialed."""

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from clinic.identity.phone_words import phone_in_words
from clinic.identity.phones import dialed, is_dialable, phone_address, read_phone
from clinic.web.csv_files import plain

NUMBERS = {
    "+17815550142": "781-555-0142",
    "+17815550142;ext=42": "781-555-0142 ext. 42",
    "+442079460018": "011 44 20 7946 0018",
    "+442079460018;ext=7": "011 44 20 7946 0018 ext. 7",
    "+33123456789": "011 33 1 23 45 67 89",
}
ADDRESSES = {
    "+17815550142": "tel:+17815550142",
    # A pause, then the extension: every telephone understands it.
    "+17815550142;ext=42": "tel:+17815550142,42",
    "+442079460018": "tel:+442079460018",
    # What older versions stored, and what a file may bring.
    "+15550123": "",
    "+10000000000": "",
    "ask her sister": "",
    "": "",
}


@pytest.mark.parametrize(("stored", "shown"), NUMBERS.items())
def test_a_number_is_shown_as_it_is_dialed_and_reads_back(stored: str, shown: str) -> None:
    assert dialed(stored) == shown
    assert phone_in_words(stored) == shown
    assert read_phone(shown) == stored


@pytest.mark.parametrize("stored", NUMBERS)
def test_in_a_csv_file_it_needs_no_apostrophe(stored: str) -> None:
    assert plain(dialed(stored)) == dialed(stored)


@pytest.mark.parametrize("text", ["", "extension 4", "+1555"])
def test_what_is_no_number_stays_as_it_is(text: str) -> None:
    assert dialed(text) == text


@pytest.mark.parametrize(("stored", "address"), ADDRESSES.items())
def test_what_can_be_dialed_is_a_link(stored: str, address: str) -> None:
    assert phone_address(stored) == address
    assert is_dialable(stored) == bool(address)
    drawn = Template("{% phone_link stored %}").render(Context({"stored": stored}))
    assert ("<a " in drawn) == bool(address)


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ("", "no phone number"),
        ("+15550123", "+15550123 (cannot be dialed)"),
        ("ask her sister", "ask her sister (cannot be dialed)"),
        ("<b>7", "&lt;b&gt;7 (cannot be dialed)"),
    ],
)
def test_what_cannot_be_dialed_says_so(stored: str, words: str) -> None:
    drawn = Template("{% phone_link stored 'btn' call=True %}").render(Context({"stored": stored}))
    assert drawn.startswith("<strong><svg")
    assert drawn.endswith(f"</svg> {words}</strong>")


def test_a_button_says_whom_it_calls() -> None:
    page = Template("{% phone_link '+17815550142;ext=42' 'btn' call=True %}").render(Context())
    assert page == '<a class="btn" href="tel:+17815550142,42">Call 781-555-0142 ext. 42</a>'


@given(st.text(max_size=70) | st.from_regex(r"[+0-9 ().x,#-]{5,25}", fullmatch=True))
def test_whatever_is_read_reads_back_from_storage_and_from_the_page(text: str) -> None:
    stored = read_phone(text)
    if stored is not None:
        assert read_phone(stored) == stored
        assert read_phone(dialed(stored)) == stored
        assert len(stored) <= 40
        assert phone_address(stored).startswith("tel:+")
