"""Addresses under /intake/."""

from django.urls import path

from intake.views import finishing, questionnaire, urgent

urlpatterns = [
    path("", questionnaire.welcome, name="intake_welcome"),
    path("contact/", questionnaire.contact, name="intake_contact"),
    path("under-18/", questionnaire.under_18, name="intake_under_18"),
    path("emergency/", urgent.emergency, name="intake_emergency"),
    path("help/", urgent.help_on_the_way, name="intake_help"),
    path("check/", finishing.check, name="intake_check"),
    path("result/", finishing.result, name="intake_result"),
    path("<slug:slug>/", questionnaire.section, name="intake_section"),
]
