"""What a decision would open, before it is signed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Protocol

from django.utils.translation import gettext as _

from clinic.templatetags.look import day
from intake.referral_terms import Standing, terms_for
from intake.rules import RED, URGENT, Level

REVIEWED = "reviewed"
MUST_BE_MARKED: tuple[Level, ...] = (URGENT, RED)


class Openings(Protocol):
    """What a referral and its terms have in common."""

    evaluation_opens_on: date | None
    run_ready_opens_on: date | None


def if_signed(
    standing: Standing,
    levels: Mapping[str, str],
    marks: Mapping[str, str],
    *,
    has_open_call: bool,
    declines: bool = False,
) -> Openings:
    """Return what the referral will open once these marks are signed.

    `levels` are those of the flags that must be marked, `marks` the marks, both by rule id. A red
    flag is resolved by "reviewed" alone; an urgent one also needs its call's outcome. Signing
    counts as having looked at a changed answer. Source: clinical reference, B.4.
    """
    unresolved = {
        level
        for rule, level in levels.items()
        if marks.get(rule) != REVIEWED or (level == URGENT and has_open_call)
    }
    return terms_for(
        replace(
            standing,
            open_levels=frozenset(unresolved),
            is_decided=True,
            has_unreviewed_change=False,
            is_declined=declines,
        )
    )


def opening_words(openings: Openings | None, today: date) -> str:
    """Say what may be booked: "Evaluation, Run Ready from Monday, March 1"."""
    if openings is None:
        return _("Nothing")
    words = []
    if openings.evaluation_opens_on:
        words.append(_("Evaluation"))
    if openings.run_ready_opens_on and openings.run_ready_opens_on <= today:
        words.append(_("Run Ready"))
    elif openings.run_ready_opens_on:
        words.append(_("Run Ready from %(day)s") % {"day": day(openings.run_ready_opens_on)})
    return ", ".join(words) or _("Nothing")
