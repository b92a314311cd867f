"""Add and change the places where patients hear of the clinic."""

from collections.abc import Iterable

from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from clinic.heard_from.arriving import LENGTH, LETTERS
from clinic.models.practice import HeardFrom

# What is proposed to a new clinic, in the order of the question.
USUAL = (
    _("My midwife or OB"),
    _("A friend"),
    _("A search"),
    _("Instagram"),
    _("A running club"),
)
OTHER = _("Something else")
LAST = 99


@retried
def add_heard_from(*, name: str, is_asked: bool, position: int, context: Context) -> HeardFrom:
    """Add a place with a code of its own and return it. Raises ValidationError for a known name."""
    row = HeardFrom(name=name, is_asked=is_asked, position=position, code=_new_code())
    row.full_clean()
    row.save()
    record(context.actor, "add where heard of us", row, reason=name)
    return row


@retried
def change_heard_from(
    *, heard_from_id: int, name: str, is_asked: bool, position: int, context: Context
) -> HeardFrom:
    """Change what a place is called and whether the question names it; its code stays.

    Raises HeardFrom.DoesNotExist, and ValidationError for a name that is on the list already.
    """
    row = HeardFrom.objects.select_for_update().get(pk=heard_from_id)
    row.name, row.is_asked, row.position = name, is_asked, position
    row.full_clean()
    row.save(update_fields=["name", "is_asked", "position"])
    record(context.actor, "change where heard of us", row, reason=name)
    return row


@retried
def fill_usual_places(*, context: Context) -> None:
    """Add the usual places if there are none."""
    if not HeardFrom.objects.exists():
        for position, name in [*enumerate(USUAL, start=1), (LAST, OTHER)]:
            add_heard_from(name=str(name), is_asked=True, position=position, context=context)


def _new_code() -> str:
    taken: Iterable[str] = HeardFrom.objects.values_list("code", flat=True)
    known = set(taken)
    while (code := get_random_string(LENGTH, LETTERS)) in known:
        pass
    return code
