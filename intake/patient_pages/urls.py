"""Addresses of a patient's own pages."""

from django.urls import path

from intake.patient_pages import views, views_own_rows, views_readers

visits = [
    path("", views.visits_home, name="visits_home"),
    path("yours/", views_own_rows.own_rows, name="own_rows"),
    path("progress/", views.progress, name="progress"),
    path("plan/", views.plan, name="walk_run_plan"),
    path("readers/", views_readers.readers, name="readers"),
]
