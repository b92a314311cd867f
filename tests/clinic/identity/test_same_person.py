"""Which rows are likely one person: every field that agrees counts, an empty one never does."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.identity.same_person import (
    ComparedContact,
    agreement,
    differing,
    digits_of,
    is_likely,
    name_key,
    phone_key,
)

ADA = ComparedContact("Ada Lane", date(1990, 2, 3), "+17815550101", "ada@example.test")
texts = st.sampled_from(["", "Ada", "ADA ", "Bea", "555", "5 55"])
contacts = st.builds(
    ComparedContact,
    texts,
    st.sampled_from([None, date(1990, 2, 3), date(1991, 1, 1)]),
    texts,
    texts,
)


@pytest.mark.parametrize(
    ("other", "agrees"),
    [
        (ADA, {"name", "born_on", "phone", "email"}),
        (ComparedContact("  ada   LANE", None, "", ""), {"name"}),
        (ComparedContact("Lane, Ada", None, "+17815550101;ext=4", ""), {"name", "phone"}),
        (ComparedContact("Bea", date(1990, 2, 3), "+17815550101", ""), {"born_on", "phone"}),
        (ComparedContact("Bea", None, "", "ADA@example.test"), {"email"}),
        (ComparedContact("", None, "", ""), set()),
    ],
)
def test_what_two_rows_agree_in(other: ComparedContact, agrees: set[str]) -> None:
    assert agreement(ADA, other) == agrees
    assert is_likely(agreement(ADA, other)) == (len(agrees) >= 2)


@given(contacts, contacts)
def test_agreement_goes_both_ways_and_what_is_empty_agrees_with_nothing(
    one: ComparedContact, other: ComparedContact
) -> None:
    found = agreement(one, other)
    assert found == agreement(other, one)
    assert all(getattr(one, field) and getattr(other, field) for field in found)
    assert all(agreement(same, same) >= found for same in (one, other))
    assert differing(one, other) == {"name", "born_on", "phone"} - found


@pytest.mark.parametrize(
    ("stored", "key"),
    [
        ("+17815550142", "17815550142"),
        ("+17815550142;ext=42", "17815550142"),
        ("(781) 555-0142 x42", "7815550142"),
        ("781 555 0142 Ext. 4", "7815550142"),
        ("٧٨١ ٥٥٥ ٠١٤٢", "7815550142"),
        ("ask her sister", ""),
        ("", ""),
    ],
)
def test_of_a_number_its_digits_without_the_extension_are_compared(stored: str, key: str) -> None:
    assert phone_key(stored) == key


def test_digits_of_every_script_are_read_and_only_digits() -> None:
    assert digits_of("no. 4²x５") == "45"


def test_a_name_of_letters_that_become_many_still_fits_its_index() -> None:
    # One letter that is folded to eighteen.
    assert len(name_key("ﷺ" * 120)) <= 400
