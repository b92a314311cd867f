"""Addresses under /visits/."""

from django.urls import path

from intake.views import visits

urlpatterns = [path("", visits.visits_home, name="visits_home")]
