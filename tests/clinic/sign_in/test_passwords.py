"""Which passwords staff may choose: none that is common, stolen, or about themselves."""

import random
import string
from pathlib import Path

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from clinic.models.people import User
from clinic.sign_in.passwords import build
from clinic.sign_in.passwords.stolen import core_of, is_in, made_of
from clinic.sign_in.passwords.validators import LIST
from tests.factories import PASSWORD

STOLEN = "stolen ones"


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("elevensigns", "at least 12"),
        ("password1234", STOLEN),
        ("PassWord1234", STOLEN),
        ("qwertyuiopasdfghjkl", STOLEN),
        ("1qaz2wsx3edc4rfv", STOLEN),
        # Short ones of the list, made longer.
        ("Sunshine2026!", STOLEN),
        ("!!!!iloveyou!!!!", STOLEN),
        ("902375619043758", "Digits alone"),
        ("zukzukzukzukz", "again and again"),
        ("xqjvwxqjvw12xqjvwxqjvw12", None),
        ("imani.brooks26", "too similar"),
        (PASSWORD, None),
        ("two-lanterns-on-a-pond", None),
        ("correct horse battery staple", None),
    ],
)
def test_a_password_is_refused_with_words_that_say_why(password: str, says: str | None) -> None:
    user = User(email="imani.brooks@example.test", name="Dr. Imani Brooks")
    if says is None:
        validate_password(password, user)
        return
    with pytest.raises(ValidationError) as refused:
        validate_password(password, user)
    assert says in " ".join(refused.value.messages)


def test_hardly_any_other_password_is_taken_for_a_stolen_one() -> None:
    draw, bits = random.Random(14), LIST.read_bytes()
    others = ["".join(draw.choices(string.ascii_lowercase, k=20)) for _ in range(5000)]
    assert sum(is_in(bits, one) for one in others) < 60
    assert len(bits) < 1_000_000


@pytest.mark.parametrize(
    ("password", "core"),
    [
        ("Sunshine23!", "Sunshine"),
        ("12o'clock-34", "o'clock"),
        ("1234!", ""),
        ("éclair9", "éclair"),
    ],
)
def test_the_core_is_without_the_digits_and_signs_around(password: str, core: str) -> None:
    assert core_of(password) == core


def test_the_list_can_be_made_anew(tmp_path: Path) -> None:
    whole, frequent, target = (tmp_path / name for name in ("whole", "frequent", "target"))
    whole.write_text("twelve signs\nthirteen sign\n")
    frequent.write_text("short\nlonger than twelve\n")
    build.main([str(whole), "--frequent", str(frequent), "--target", str(target)])
    bits = target.read_bytes()
    assert bits == made_of({"twelve signs", "short", "longer than twelve"})
    assert is_in(bits, "Twelve Signs")
    assert is_in(bits, "short")
    assert not is_in(bits, "thirteen sign")
