"""Which rows are likely one person: every field that agrees counts, an empty one never does."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.duplicates.matching import ComparedContact, agreement, differing, is_likely

ADA = ComparedContact("Ada Lane", date(1990, 2, 3), "+17815550101", "ada@example.test")
texts = st.sampled_from(["", "Ada", "ADA ", "Bea"])
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
    assert differing(one, other) == {"name", "born_on", "phone"} - found
