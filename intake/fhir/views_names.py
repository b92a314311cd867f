"""The pages behind the addresses in an export: forms and the meaning of codes. No patient data."""

from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from clinic.security.access import public
from clinic.security.requests import PublicRequest
from intake.fhir.codes import code_system_resource
from intake.fhir.parts import Resource
from intake.fhir.questionnaire import questionnaire_resource
from intake.questionnaire.definition import CHECKIN, INTAKE
from intake.triage.rules import RULES_VERSION

OPEN = "whoever reads an export may look up what it means"
FORMS = {form.id: form for form in (INTAKE, CHECKIN)}
VERSIONS = {INTAKE.version, CHECKIN.version, RULES_VERSION}


@public(reason=OPEN)
@require_safe
def form(request: PublicRequest, form_id: str) -> HttpResponse:
    """Return a form in its current version as a FHIR Questionnaire."""
    if form_id not in FORMS:
        raise Http404
    return _fhir(questionnaire_resource(FORMS[form_id], settings.SITE_URL))


@public(reason=OPEN)
@require_safe
def codes(request: PublicRequest, version: str) -> HttpResponse:
    """Return the meaning of every code of the current version as a FHIR CodeSystem."""
    if version not in VERSIONS:
        raise Http404
    return _fhir(code_system_resource(settings.SITE_URL, version))


def _fhir(resource: Resource) -> HttpResponse:
    return JsonResponse(resource, content_type="application/fhir+json")
