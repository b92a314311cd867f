"""Address of the export of everything, under /accounts/."""

from django.urls import path

from intake.moving_out import views

accounts = [path("export/", views.export_everything, name="export_everything")]
