"""The public page of prices."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from booking.catalog.queries import lines_of, single_visits, sold_versions
from booking.models import Policy, Service
from clinic.heard_from.arriving import note_arrival
from clinic.security.access import public
from clinic.security.requests import PublicRequest


@public(reason="prices and terms are for everybody, before anything is asked")
@require_safe
def prices(request: PublicRequest) -> HttpResponse:
    """Show the evaluation, the packages, follow-ups and the terms under which they are sold."""
    note_arrival(request)
    singles = single_visits()
    kinds = Service.Kind
    return render(
        request,
        "booking/catalog/prices.html",
        {
            "evaluations": [one for one in singles if one.kind == kinds.EVALUATION],
            "follow_ups": [one for one in singles if one.kind == kinds.FOLLOW_UP],
            "sold": lines_of(sold_versions()),
            "policy": Policy.objects.order_by("pk").last(),
        },
    )
