"""Open the public pages for the first time."""

from clinic.audit.context import Context
from clinic.before_opening.facts_rows import note_opened
from clinic.before_opening.lines import SetUpLine, all_lines, holding_up


class NotReady(Exception):
    """The public pages were not opened. `lines` says what is missing."""

    def __init__(self, lines: list[SetUpLine]) -> None:
        super().__init__(", ".join(one.key for one in lines))
        self.lines = lines


def open_clinic(*, context: Context) -> None:
    """Open the public pages, once and for good. Raises NotReady while the list holds it up."""
    if found := holding_up(all_lines(context.now)):
        raise NotReady(found)
    note_opened(context=context)
