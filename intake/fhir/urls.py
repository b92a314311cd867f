"""Addresses of FHIR: those that exports refer to, and the exports themselves."""

from django.urls import path

from intake.fhir import views, views_names

fhir = [
    path("Questionnaire/<str:form_id>", views_names.form, name="fhir_form"),
    path("CodeSystem/<str:version>", views_names.codes, name="fhir_codes"),
]

review = [path("<uuid:intake_id>/fhir/", views.case_fhir, name="case_fhir")]

visits = [path("record/file/", views.own_record_file, name="own_record_file")]
