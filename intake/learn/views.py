"""The short pages and the list of their sources, for everybody."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clinic.security.access import public
from clinic.security.requests import PublicRequest
from intake.learn.topics import TOPICS
from intake.triage.sources import SOURCES
from intake.visit_records.walk_run import STAGES

OPEN = "what we teach is for everybody"


@public(reason=OPEN)
@require_safe
def index(request: PublicRequest) -> HttpResponse:
    """List the pages."""
    return render(request, "intake/learn/index.html", {"topics": TOPICS.values()})


@public(reason=OPEN)
@require_safe
def topic(request: PublicRequest, slug: str) -> HttpResponse:
    """Show one page with links to the others."""
    if slug not in TOPICS:
        raise Http404
    others = [other for other in TOPICS.values() if other.slug != slug]
    context = {"topic": TOPICS[slug], "others": others, "stages": STAGES}
    return render(request, f"intake/learn/{slug.replace('-', '_')}.html", context)


@public(reason=OPEN)
@require_safe
def sources(request: PublicRequest) -> HttpResponse:
    """List the sources of the pages, and how far each one was read."""
    return render(request, "intake/learn/sources.html", {"sources": SOURCES.values()})
