"""Refuse a password that is stolen, one thing repeated or the clinic's own, in words that help."""

from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clinic.models.people import User
from clinic.practice.facts import clinic_facts
from clinic.sign_in.passwords.own_words import WORDS, is_made_of, words_in
from clinic.sign_in.passwords.stolen import core_of, is_in

# Made by clinic.sign_in.passwords.build, where its sources stand.
LIST = Path(__file__).with_name("stolen.bin")


@cache
def _bits() -> bytes:
    return LIST.read_bytes()


class NotStolen:
    """Refuse stolen passwords, also in other capitals and with digits and signs around them."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError for such a password."""
        if any(is_in(_bits(), one) for one in {password, core_of(password)}):
            raise ValidationError(
                _(
                    "This password stands in a list of stolen ones, which others try first. "
                    "Choose another: three or four words that do not belong together, say."
                ),
                code="password_stolen",
            )

    def get_help_text(self) -> str:
        """Return what a form may say beforehand."""
        return _("Your password must not be one that was stolen from another site.")


class NotOurOwnWords:
    """Refuse a password that is little more than words of the clinic: its name, place or work."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError for such a password."""
        facts = clinic_facts()
        names = (facts.name, facts.mail_name, facts.address)
        if is_made_of(password, {*WORDS, *words_in((*names, settings.SITE_HOST))}):
            raise ValidationError(
                _("These are words of the clinic, which others try first. Choose other words."),
                code="password_own_words",
            )

    def get_help_text(self) -> str:
        """Return what a form may say beforehand."""
        return _("Your password must not be made of the clinic's own words.")


class NotOneThing:
    """Refuse digits only, and one short piece again and again, however long."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError for such a password."""
        if password.strip().isdigit():
            raise ValidationError(
                _("Digits alone are guessed quickly. Add words."), code="password_digits"
            )
        if _is_repeated(password.casefold()):
            raise ValidationError(
                _("This is one short piece again and again. Choose several different words."),
                code="password_repeated",
            )

    def get_help_text(self) -> str:
        """Return what a form may say beforehand."""
        return _("Your password must not be digits only, or one piece repeated.")


# A piece longer than this, twice, is no short one: "cold harbor cold harbor".
LONGEST_PIECE = 8


def _is_repeated(text: str) -> bool:
    """Return whether the text is one piece of at most LONGEST_PIECE signs, twice or more."""
    sizes = range(1, min(LONGEST_PIECE, len(text) // 2) + 1)
    return any((text[:size] * (len(text) // size + 1)).startswith(text) for size in sizes)
