"""The page on which who gives access takes everything out."""

from typing import cast

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from clinic.audit.context import context_of
from clinic.models.people import Patient
from clinic.security.access import access_admin_only, after_reauthentication
from clinic.security.fail_closed import fail_closed
from clinic.security.requests import StaffRequest
from intake.moving_out.archive import archive, record_export
from intake.moving_out.forms import ExportForm


@access_admin_only
@after_reauthentication
@fail_closed
@require_http_methods(["GET", "HEAD", "POST"])
def export_everything(request: StaffRequest) -> HttpResponse:
    """Ask for a reason; POST gives the archive. That it left is recorded before it does."""
    form = ExportForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        shown = {"form": form, "patients": Patient.objects.current().count()}
        return render(
            request, "intake/moving_out/export.html", shown, status=422 if form.errors else 200
        )
    context = context_of(request)
    record_export(reason=form.cleaned_data["reason"], context=context)
    answer = StreamingHttpResponse(archive(context), content_type="application/zip")
    answer["Content-Disposition"] = 'attachment; filename="run-ready-export.zip"'
    # It has no content of its own, which nobody asks it for.
    return cast(HttpResponse, answer)
