"""Addresses under /fhir/: the names that exports use."""

from django.urls import path

from intake.fhir import views_names as fhir_names

urlpatterns = [
    path("Questionnaire/<str:form_id>", fhir_names.form, name="fhir_form"),
    path("CodeSystem/<str:version>", fhir_names.codes, name="fhir_codes"),
]
