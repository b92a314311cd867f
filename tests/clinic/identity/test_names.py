"""Names of people: which spellings are one name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.identity.names import folded_name

FOLDED = {
    "Zoë O’Neil-García": "garcia oneil zoe",
    "garcia oneil, ZOE": "garcia oneil zoe",
    "Maria\u00a0\u2009 Garcia": "garcia maria",
    "Garcia Maria": "garcia maria",
    "MARÍA GARCÍA": "garcia maria",
    "Mari\u0301a Garci\u0301a": "garcia maria",
    "O'Neil": "oneil",
    "O`Neil": "oneil",
    "O´Neil": "oneil",
    "OʼNeil": "oneil",
    "o’neil": "oneil",
    "Siobhán O'Brien-Núñez": "nunez obrien siobhan",
    "Nguyễn Thị Hoa": "hoa nguyen thi",
    "Đặng": "dang",
    "Zoë Strauß-Ångström": "angstrom strauss zoe",
    "STRAUSS": "strauss",
    "Łukasz Ørsted": "lukasz orsted",
    "İpek Yıldız": "ipek yildiz",
    "Ａｎｎ": "ann",
    "Anne‐Marie": "anne marie",
    "Anne–Marie": "anne marie",
    "An\u00adna": "anna",
    "An\u200bna": "anna",
    "Ann\nLee": "ann lee",
    "Jane (Janie) Doe, Jr.": "doe jane janie jr",
    "李 小龍": "小 李 龍",
    "李小龍": "小 李 龍",
    "김민준": "김 민 준",
    "김 민준": "김 민 준",
    "हिन्दी": "हिन्दी",
    "\u200b": "",
    "\u3164": "",
    "A\u3164nn\ufe0f": "ann",
    "- ’": "",
    "": "",
}


@pytest.mark.parametrize(("name", "folded"), FOLDED.items())
def test_spellings_of_one_name_are_equal(name: str, folded: str) -> None:
    assert folded_name(name) == folded


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ann Lee", "Anna Lee"), ("हिन्दी", "हन्दी"), ("が", "か"), ("Garcia", "Garza")],
)
def test_other_names_stay_others(one: str, other: str) -> None:
    assert folded_name(one) != folded_name(other)


@given(st.text(max_size=30))
def test_a_folded_name_stays_as_it_is(name: str) -> None:
    assert folded_name(folded_name(name)) == folded_name(name)
