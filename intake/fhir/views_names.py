"""The pages behind the addresses in an export: forms and the meaning of codes. No patient data."""

from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from clinic.security.access import public
from clinic.security.requests import PublicRequest
from intake.fhir.codes import KNOWN, code_system_resource
from intake.fhir.parts import Resource
from intake.fhir.questionnaire import questionnaire_resource
from intake.questionnaire.earlier_versions import VERSIONS

OPEN = "whoever reads an export may look up what it means"
# A form by its name alone, which is the version in force, and by what a response or a resource
# calls one of its versions: "intake|1.1" and "intake-1.1".
FORMS = {form_id: forms[-1] for form_id, forms in VERSIONS.items()} | {
    f"{form.id}{sign}{form.version}": form
    for forms in VERSIONS.values()
    for form in forms
    for sign in "|-"
}


@public(reason=OPEN)
@require_safe
def form(request: PublicRequest, form_id: str) -> HttpResponse:
    """Return a form as a FHIR Questionnaire, in force or in the version named."""
    if form_id not in FORMS:
        raise Http404
    return _fhir(questionnaire_resource(FORMS[form_id], settings.SITE_URL))


@public(reason=OPEN)
@require_safe
def codes(request: PublicRequest, version: str) -> HttpResponse:
    """Return the meaning of every code of a version as a FHIR CodeSystem."""
    if version not in KNOWN:
        raise Http404
    return _fhir(code_system_resource(settings.SITE_URL, version))


def _fhir(resource: Resource) -> HttpResponse:
    return JsonResponse(resource, content_type="application/fhir+json")
