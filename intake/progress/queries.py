"""The scores of an episode as charts and a table. Opens sealed scores: callers audit."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from intake.episodes.latest import Episode
from intake.progress.charts import Chart, Moment, charts
from intake.triage.scores import SCORES


@dataclass(frozen=True)
class Progress:
    """The charts, and the same numbers as a table: column labels and rows of (name, values)."""

    charts: Sequence[Chart]
    labels: Sequence[str]
    rows: Sequence[tuple[str, Sequence[int | None]]]


def progress_of(episode: Episode) -> Progress:
    """Return the scores of an episode, oldest form first; empty before the first intake."""
    moments = [
        Moment(_label(number, form.is_full, form.visit), form.scores or {})
        for number, form in enumerate(episode.forms)
    ]
    drawn = charts(moments)
    rows = [
        (_(chart.name), [moment.scores.get(score) for moment in moments])
        # Not strict: without a form there are no charts to go with the four scores.
        for score, chart in zip(SCORES, drawn, strict=False)
    ]
    return Progress(drawn, [moment.label for moment in moments], rows)


def _label(number: int, is_full: bool, visit: int | None) -> str:
    if number == 0:
        return _("Start")
    return _("Intake") if is_full else _("Visit %(number)s") % {"number": visit}
