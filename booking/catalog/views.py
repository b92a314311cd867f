"""The public page of prices."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from booking.models import Policy, Service
from clinic.security.access import public
from clinic.security.requests import PublicRequest


@public(reason="prices and terms are for everybody, before anything is asked")
@require_safe
def prices(request: PublicRequest) -> HttpResponse:
    """Show the evaluation, the package and the terms under which they are sold."""
    services = list(Service.objects.filter(is_active=True))
    return render(
        request,
        "booking/catalog/prices.html",
        {
            "evaluation": next((one for one in services if one.visit_number is None), None),
            "visits": sorted(
                (one for one in services if one.visit_number), key=lambda one: one.visit_number
            ),
            "policy": Policy.objects.order_by("pk").last(),
        },
    )
