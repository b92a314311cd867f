"""Telephone numbers: parsed as people type them, shown as they are dialed."""

import pytest

from clinic.identity.phones import dialed, read_phone
from clinic.web.csv_files import plain

NUMBERS = {
    "+17815550142": "781-555-0142",
    "+442079460018": "011 44 20 7946 0018",
    "+33123456789": "011 33 1 23 45 67 89",
}


@pytest.mark.parametrize(("stored", "shown"), NUMBERS.items())
def test_a_number_is_shown_as_it_is_dialed_and_reads_back(stored: str, shown: str) -> None:
    assert dialed(stored) == shown
    assert read_phone(shown) == stored


@pytest.mark.parametrize("stored", NUMBERS)
def test_in_a_csv_file_it_needs_no_apostrophe(stored: str) -> None:
    assert plain(dialed(stored)) == dialed(stored)


@pytest.mark.parametrize("text", ["", "extension 4", "+1555"])
def test_what_is_no_number_stays_as_it_is(text: str) -> None:
    assert dialed(text) == text
