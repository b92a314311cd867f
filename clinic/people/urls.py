"""Addresses under /accounts/: of the sign-in library, only the pages that are used."""

from allauth.account import views as account
from django.urls import include, path

from clinic.people import views

urlpatterns = [
    path("welcome/", views.after_sign_in, name="after_sign_in"),
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("login/code/", account.request_login_code, name="account_request_login_code"),
    path("login/code/confirm/", account.confirm_login_code, name="account_confirm_login_code"),
    path("2fa/", include("allauth.mfa.urls")),
]
