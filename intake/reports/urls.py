"""Addresses under /desk/reports/."""

from django.urls import path

from intake.reports import views as reports

urlpatterns = [
    path("", reports.reports, name="reports"),
    path("<str:month>/", reports.reports, name="reports_of"),
    path("<str:month>/csv/", reports.reports_csv, name="reports_csv"),
]
