"""Addresses of the monthly report."""

from django.urls import path

from intake.reports import views

desk = [
    path("", views.reports, name="reports"),
    path("<str:month>/", views.reports, name="reports_of"),
    path("<str:month>/csv/", views.reports_csv, name="reports_csv"),
]
