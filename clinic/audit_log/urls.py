"""URLs of the log, under /accounts/log/."""

from django.urls import path

from clinic.audit_log import views

urlpatterns = [
    path("", views.log, name="audit_log"),
    path("file/", views.log_file, name="audit_log_file"),
]
