"""Addresses under /accounts/: the library's own pages for signing in, and where it leads."""

from django.urls import include, path

from clinic.people import views

urlpatterns = [
    path("welcome/", views.after_sign_in, name="after_sign_in"),
    path("", include("allauth.account.urls")),
    path("2fa/", include("allauth.mfa.urls")),
]
