"""Forms that ask for a code: each try is counted before it is judged, and a code works once."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.forms import ChangePasswordForm, ConfirmLoginCodeForm
from allauth.core import context
from allauth.mfa.adapter import get_adapter as get_factor_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.utils import timezone

from clinic.audit.sign_ins import record_failed_sign_in
from clinic.models.people import User
from clinic.sign_in.codes import user_for_code
from clinic.sign_in.guessing.mailed_codes import JudgedCode, judge
from clinic.sign_in.guessing.tries import give_back, note_wrong, take_try
from clinic.sign_in.guessing.used_steps import use_code


class TypedCodeForm(ConfirmLoginCodeForm):
    """Ask for the mailed code of the row `code_id`.

    A valid form has the `user` whom the code signs in. `is_over` says that a further try is of no
    use.
    """

    user: User | None = None
    is_over = False

    def __init__(self, *args: Any, code_id: UUID | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._code_id = code_id

    def clean_code(self) -> str:
        typed: str = self.cleaned_data["code"]
        judged = JudgedCode(is_over=True)
        if self._code_id is not None:
            judged = judge(code_id=self._code_id, typed=typed, now=timezone.now())
        self.is_over = judged.is_over
        self.user = user_for_code(judged.email) if judged.email else None
        if self.user is None:
            record_failed_sign_in(context.request, "mailed code")
            raise get_adapter().validation_error("incorrect_code")
        return typed


class _UsedUpCode(forms.Form):
    """A code of the second step, used up in a row. The library's own note stands in a cache."""

    user: User
    authenticator: Authenticator

    def clean_code(self) -> str:
        return _counted(self.user, self._judged)

    def _judged(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]
        # A recovery code is used up by the library, in its row.
        is_app = self.authenticator.type == Authenticator.Type.TOTP
        if is_app and not use_code(self.authenticator, code):
            raise get_factor_adapter().validation_error("incorrect_code")
        return code


class SecondStepForm(_UsedUpCode, AuthenticateForm):
    """Ask for a code after the password."""


class SecondStepAgainForm(_UsedUpCode, ReauthenticateForm):
    """Ask somebody who is signed in for a code again."""


class NewAppForm(ActivateTOTPForm):
    """Ask for the first code of an authenticator app that is being set up."""

    def clean_code(self) -> str:
        return _counted(self.user, super().clean_code)


class NewPasswordForm(ChangePasswordForm):
    """Ask for the old password and a new one."""

    def clean_oldpassword(self) -> str:
        return _counted(self.user, super().clean_oldpassword)


def _counted(user: User, judged: Callable[[], str]) -> str:
    """Return what `judged` returns, having counted a try. Raises ValidationError, as it does."""
    taken = take_try(context.request, user.email)
    if taken is None:
        raise get_adapter().validation_error("too_many_login_attempts")
    try:
        code = judged()
    except forms.ValidationError:
        note_wrong(taken)
        raise
    give_back(taken)
    return code
