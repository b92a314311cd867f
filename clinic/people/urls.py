"""URLs under /accounts/. Of the sign-in library's pages only those that are used."""

from allauth.account import views as account
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from django.urls import path, re_path
from django.views.decorators.http import require_http_methods

from clinic.people import views
from clinic.security.access import after_reauthentication, any_staff
from clinic.sign_in.guessing import views as guessing
from clinic.sign_in.guessing.requests import limited
from clinic.sign_in.own_sessions import views as own_sessions
from clinic.sign_in.passkeys import views as passkeys

urlpatterns = [
    path("welcome/", views.after_sign_in, name="after_sign_in"),
    path("login/", limited("typing")(account.login), name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path(
        "reauthenticate/",
        any_staff(limited("typing")(account.reauthenticate)),
        name="account_reauthenticate",
    ),
    path("login/code/", guessing.ask_for_code_view, name="account_request_login_code"),
    path("login/code/confirm/", guessing.type_code, name="account_confirm_login_code"),
    path(
        "password/change/",
        any_staff(after_reauthentication(limited("typing")(account.password_change))),
        name="account_change_password",
    ),
    path("password/reset/", guessing.ask_for_password_link, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        # The library's view would show its page whatever the method.
        require_http_methods(["GET", "HEAD", "POST"])(
            limited("typing")(account.password_reset_from_key)
        ),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("2fa/", any_staff(factors.index), name="mfa_index"),
    path("2fa/authenticate/", limited("typing")(factors.authenticate), name="mfa_authenticate"),
    path(
        "2fa/reauthenticate/",
        any_staff(limited("typing")(factors.reauthenticate)),
        name="mfa_reauthenticate",
    ),
    path("2fa/totp/activate/", any_staff(totp.activate_totp), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", any_staff(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path(
        "2fa/recovery-codes/",
        any_staff(recovery_codes.view_recovery_codes),
        name="mfa_view_recovery_codes",
    ),
    path(
        "2fa/recovery-codes/generate/",
        any_staff(recovery_codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path("2fa/passkeys/add/", passkeys.add_passkey, name="mfa_add_webauthn"),
    path("2fa/passkeys/<int:pk>/remove/", passkeys.remove_passkey, name="mfa_remove_webauthn"),
    path("2fa/passkeys/again/", passkeys.again_by_passkey, name="mfa_reauthenticate_webauthn"),
    path(
        "login/passkey/",
        limited("typing")(passkeys.sign_in_by_passkey),
        name="mfa_login_webauthn",
    ),
    path("sessions/", own_sessions.sessions_of_staff, name="staff_sessions"),
    path("my-sessions/", own_sessions.sessions_of_patient, name="patient_sessions"),
    path("people/", views.people, name="people"),
    path("people/new/", views.new_person, name="new_person"),
    path("people/mail-test/", views.mail_test, name="mail_test"),
    path("people/<int:user_id>/", views.person, name="person"),
    path("people/<int:user_id>/reset/", views.reset_second_factor, name="reset_second_factor"),
]
