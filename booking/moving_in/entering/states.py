"""Write what became of rows, in few statements, and say that a person has to look at one."""

from collections import defaultdict
from collections.abc import Sequence

from booking.models import ImportRow


class NeedsPerson(Exception):
    """A person has to look at the row; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def write_states(rows: Sequence[ImportRow], names: Sequence[str]) -> None:
    """Store state and reason of these rows, and the named columns where a row has a value there.

    State and reason in one statement for each pair of them: a CASE with a line for each of
    hundreds of rows costs more than all the rest of a batch. No column is emptied.
    """
    alike: dict[tuple[str, str], list[object]] = defaultdict(list)
    for row in rows:
        alike[row.status, row.reason].append(row.pk)
    for (status, reason), keys in alike.items():
        ImportRow.objects.filter(pk__in=keys).update(status=status, reason=reason)
    for name in names:
        column = ImportRow._meta.get_field(name).attname  # type: ignore[union-attr]
        filled = [row for row in rows if getattr(row, column) is not None]
        if filled:
            ImportRow.objects.bulk_update(filled, [name])
