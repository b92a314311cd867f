"""Ask a visitor for a mailed code before she chooses a time."""

from django.http import HttpResponse
from django.shortcuts import render

from clinic.security.requests import PatientRequest


def prove_first_page(request: PatientRequest, then: str, *, status: int = 200) -> HttpResponse:
    """Render that she types a mailed code before she chooses a time; then she goes on at `then`.

    The clinic's telephone stands beside it.
    """
    context = {"then": then, "email": request.patient.email}
    return render(request, "booking/online_booking/prove_first.html", context, status=status)
