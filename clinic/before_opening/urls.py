"""URLs under /before-you-open/."""

from django.urls import path

from clinic.before_opening import views

urlpatterns = [
    path("", views.before_you_open, name="before_you_open"),
    path("open/", views.open_now, name="open_clinic"),
    path("clinic/", views.facts, name="clinic_facts"),
    path("zone/", views.zone, name="clinic_zone"),
    path("backups/", views.backups, name="about_backups"),
]
