"""Where signing in leads."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from clinic.people.access import public


@public(reason="it only redirects, by role")
@require_safe
def after_sign_in(request: HttpRequest) -> HttpResponse:
    """Send each person to her own first page."""
    user = request.user
    if not user.is_authenticated:
        return redirect("home")
    if user.is_manager:
        return redirect("/desk/")
    if user.is_clinician:
        return redirect("/review/")
    return redirect("/visits/")
