"""G2 and G9: pages over HTTP, compared with a bare Django page and the least view of free times."""

from collections.abc import Iterator
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from clinic.models.people import Patient, User
from clinic.security.access import SESSION_PATIENT
from tests.bench.crowds import people
from tests.bench.figures import Figure, interleaved
from tests.bench.load import Answers, Page, Visitor, ask_for
from tests.bench.serving import site
from tests.intake.online_intake.test_flow import SAFE, birth, post, start

AT_ONCE, SECONDS, TURNS, ROUNDS = 32, 2.0, 3, 15
SHOWN_DAYS = 14


def cookie_of(client: Client) -> dict[str, str]:
    """Return the header with the cookies of this browser."""
    return {"Cookie": "; ".join(f"{name}={one.value}" for name, one in client.cookies.items())}


def patient_browser() -> Client:
    """Return the browser of a new patient who may book."""
    # The timestamp makes the e-mail address unique.
    [patient] = people(1, f"browser-{timezone.now().timestamp()}-")
    return browser_of(patient)


def browser_of(patient: Patient) -> Client:
    """Return a browser whose session is this patient's."""
    client = Client()
    session = client.session
    session[SESSION_PATIENT] = str(patient.pk)
    session.save()
    return client


def pages(product: int) -> dict[str, Page]:
    """Return the pages to measure, by name, each with a visitor who may see it."""
    answering = start(Client())
    post(answering, "safety", SAFE)
    post(answering, "birth", birth())
    desk = Client()
    desk.force_login(
        User.objects.filter(is_manager=True).earliest("pk"),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    day = timezone.now().date() + timedelta(days=3)
    return {
        "slots": Page(product, "/book/evaluation/", cookie_of(patient_browser())),
        "question": Page(product, "/intake/running/", cookie_of(answering)),
        "desk": Page(product, f"/desk/day/{day}/", cookie_of(desk)),
        "home": Page(product, "/"),
    }


def web() -> Iterator[Figure]:
    """Yield the figures of pages; product and floor are asked in turns."""
    with site("clinic.wsgi") as product, site("tests.bench.floor_site") as floor:
        wanted = pages(product.port)
        yield from _alone(wanted["slots"], Page(floor.port, f"/free/{SHOWN_DAYS}/"))
        bare = Page(floor.port, "/bare/")
        goals = {"slots": 0.08, "question": 0.15, "desk": None, "home": None}
        for name, limit in goals.items():
            yield from _together(name, wanted[name], bare, limit)


def _alone(page: Page, floor: Page) -> Iterator[Figure]:
    """Yield the time of one page with one visitor at a time."""
    ours, theirs = Visitor(page.port), Visitor(floor.port)
    took, least = interleaved(
        lambda: _must_answer(ours, page), lambda: _must_answer(theirs, floor), rounds=ROUNDS
    )
    what = f"free times of {SHOWN_DAYS} days as a page: p50 beside the floor view"
    yield Figure("G2", what, "ms", took, least, 3)


def _must_answer(visitor: Visitor, page: Page) -> None:
    """Ask for the page; end the bench unless it is shown, since a refusal would be fast."""
    status, where = visitor.ask("GET", page.path, page.headers)
    if status != 200:
        raise SystemExit(f"{page.path} answered {status} {where}")


def _together(name: str, page: Page, bare: Page, limit: float | None) -> Iterator[Figure]:
    """Yield rate and p95 of a page with AT_ONCE visitors, compared with a bare page."""
    _must_answer(Visitor(page.port), page)
    took, least = Answers([], 0, 0), Answers([], 0, 0)
    for _ in range(TURNS):
        took += ask_for(page, at_once=AT_ONCE, seconds=SECONDS)
        least += ask_for(bare, at_once=AT_ONCE, seconds=SECONDS)
    what = f"{name} page at {AT_ONCE}"
    yield Figure(
        "G9", f"{what}: rate beside a bare page (B)", "/s", took.rate, least.rate, limit, True
    )
    # Pages without a goal for the rate have none for the time either.
    worst = 12 if limit else None
    yield Figure("G9", f"{what}: p95 beside B’s", "ms", took.p95, least.p95, worst)
    if took.failed:
        yield Figure("G9", f"{what}: answers that were not a page", "", took.failed, 1, 0)
