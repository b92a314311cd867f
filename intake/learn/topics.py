"""The list of short pages for patients, and which ones go with a patient's flags."""

# mypy: disallow-any-explicit

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from intake.questionnaire.definition import msg


@dataclass(frozen=True)
class Topic:
    """One page. `domains` are the domains of the flags it goes with; the texts are English.

    `is_about_running` pages say how to run, and are not for who was just asked to wait with it.
    """

    slug: str
    title: str
    summary: str
    domains: tuple[str, ...] = ()
    is_about_running: bool = False


_ALL = (
    Topic(
        "leaking",
        msg("Leaking"),
        msg("When it happens, what it can mean, and what can be done."),
        ("leak",),
    ),
    Topic(
        "heaviness",
        msg("Heaviness or a bulge"),
        msg("What prolapse is, and why many people run with it."),
        ("heaviness",),
    ),
    Topic(
        "pain",
        msg("Pain"),
        msg("Which pain can settle by itself, and which needs a check first."),
        ("pain",),
    ),
    Topic(
        "five-things",
        msg("Five things that help"),
        msg("Strength, pressure, short runs, warning signs, and the right help."),
        ("background", "readiness"),
    ),
    Topic(
        "walk-run",
        msg("Walk-run stages and the traffic light"),
        msg("Ten stages from a brisk walk to 30 minutes of running."),
        ("readiness",),
        is_about_running=True,
    ),
    Topic(
        "your-visit",
        msg("What a visit is like"),
        msg("What happens in the room. You are in charge."),
        ("safety", "background"),
    ),
)

TOPICS: Mapping[str, Topic] = {topic.slug: topic for topic in _ALL}


def topics_for(domains: Collection[str], *, may_run: bool) -> list[Topic]:
    """Return the pages that go with flags of these domains, in the order of the list.

    Without `may_run` those about running are left out.
    """
    fitting = [topic for topic in _ALL if not set(topic.domains).isdisjoint(domains)]
    return [topic for topic in fitting if may_run or not topic.is_about_running]
