"""Write docs/states.md: state diagrams of visits, packages, forms, concerns, tasks, mail, imports.

They are made from the models' TRANSITIONS, as Mermaid blocks, which code hosts and editors render.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import fill

from booking.models import Appointment, Enrollment, ImportRow, ImportRun
from clinic.database.transitions import GONE, NEW, Guarded, Transitions
from clinic.models.messages import Email
from intake.models import Concern, Intake, Task

_HEAD = """# States

Written by `manage.py statemachine` from the `TRANSITIONS` beside each model; do not edit. A test
fails when this file is older than the code.

An action asks the table before it writes, and a save that the table does not allow is refused. In
the pictures a status that leads to itself is left out: there an action needs the status and leaves
it as it is.
"""
_EDGE = {NEW: "[*]", GONE: "[*]"}


@dataclass(frozen=True)
class Drawing:
    """A section of the document: a model, and what its diagram cannot show."""

    title: str
    model: type[Guarded]
    text: str

    @property
    def transitions(self) -> Transitions:
        return self.model.TRANSITIONS


DRAWINGS = (
    Drawing(
        "Appointment",
        Appointment,
        "Late, set aside, moved and attention are fields, not statuses. A hold that is over can"
        " still be confirmed while its time is free. `end` is the end of her package. Taking back a"
        " cancellation needs the old time to be free, and is open for a few minutes.",
    ),
    Drawing(
        "Enrollment",
        Enrollment,
        "The status is `live` or how the package ended. A pause and the days added while an answer"
        " waits for review move the last day and are no status.",
    ),
    Drawing(
        "Intake",
        Intake,
        "A full intake or a check-in. The status is read off its dates and is not stored. An urgent"
        " answer waits for a clinician from its own page on, sent or not. A form that a correction"
        " replaced keeps its status and leaves the queue.",
    ),
    Drawing(
        "Concern",
        Concern,
        "It belongs to the patient, not to a form. Every state but `resolved` and `merged` is open."
        " A rule that fires after its concern was resolved opens a new one. An urgent concern, and"
        " one that obliges the clinic to a private check-in, is resolved only after the outcome.",
    ),
    Drawing(
        "Task",
        Task,
        "A try never ends a task. `owe_task` adds another urgent answer to an open call, and the"
        " count of tries begins again. Taking over, and a day on which she will go, change no"
        " status.",
    ),
    Drawing(
        "Email",
        Email,
        "What has left is sent, whoever took the row or took it back meanwhile: hence the arrows of"
        " `send_due` into `sent` from everywhere.",
    ),
    Drawing(
        "ImportRun",
        ImportRun,
        "Files of another system that are moved in together. It can be taken back for a day.",
    ),
    Drawing(
        "ImportRow",
        ImportRow,
        "One row of such a file. `joined` is a patient who was known, or a visit that was booked"
        " already; nothing was made for it. `waits` stands on the desk's list.",
    ),
)


def states_doc() -> str:
    """Return the text of docs/states.md."""
    return "\n".join([_HEAD, *("\n".join(_section(one)) for one in DRAWINGS)])


def _section(one: Drawing) -> Iterator[str]:
    yield f"## {one.title}\n\n{fill(one.text, 100)}\n"
    yield "```mermaid"
    yield from _picture(one.transitions)
    yield "```\n"
    yield "| from | to | by |\n|---|---|---|"
    for before, after, actions in _arrows(one.transitions):
        by = ", ".join(f"`{action}`" for action in actions)
        yield f"| `{before}` | `{after}` | {by} |"
    yield ""


def _picture(transitions: Transitions) -> Iterator[str]:
    yield "stateDiagram-v2"
    for before, after, actions in _arrows(transitions):
        # A status that leads to itself is listed in the table only, as the head says.
        if before != after:
            label = "<br/>".join(actions)
            yield f"    {_EDGE.get(before, before)} --> {_EDGE.get(after, after)}: {label}"


def _arrows(transitions: Transitions) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for before, reached in transitions.items():
        for after, actions in reached.items():
            yield str(before), str(after), actions
