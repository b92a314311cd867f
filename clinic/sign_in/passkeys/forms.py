"""What a browser answers for a passkey, read without trusting any of it."""

import json
from typing import Any, cast

from allauth.core import context
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django import forms
from django.db import DatabaseError
from django.utils.translation import gettext_lazy

from clinic.models.people import User
from clinic.web.form_fields import AT_MOST

# Far more than any authenticator answers.
LONGEST_ANSWER = 20_000
NOT_THIS_ONE = gettext_lazy("The passkey was not accepted. Try it again, or use a code.")

NOT_ADDED = gettext_lazy(
    "The passkey was not accepted. It has to ask for a PIN, a finger or a face. Try again."
)


class AnswerField(forms.CharField):
    """A hidden field for the browser's answer; its value is a dictionary."""

    widget = forms.HiddenInput

    def __init__(self) -> None:
        messages = {"required": NOT_THIS_ONE, "max_length": NOT_THIS_ONE}
        super().__init__(max_length=LONGEST_ANSWER, error_messages=messages)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            answer = json.loads(text)
        except (ValueError, RecursionError):
            answer = None
        # No browser escapes anything in it; what is escaped may be no text a database takes.
        if not isinstance(answer, dict) or "\\" in text or not text.isascii():
            raise forms.ValidationError(str(NOT_THIS_ONE))
        return answer


class AddPasskeyForm(forms.Form):
    """A new passkey and the name its owner gives it."""

    name = forms.CharField(
        label=gettext_lazy("Name of this passkey"),
        help_text=gettext_lazy("Where it lies: “Phone”, “Laptop at the desk”."),
        max_length=40,
        error_messages={
            "required": gettext_lazy("Enter a name"),
            "max_length": AT_MOST,
        },
    )
    credential = AnswerField()

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    def clean_credential(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.cleaned_data["credential"]
        try:
            # Refuses one that does not ask who holds it, too.
            auth.complete_registration(answer)
            # What is stored is read again at each sign-in, so it must be readable.
            auth.parse_registration_response(answer)
        except DatabaseError:
            raise
        # The library's parsers raise whatever a malformed answer leads them to.
        except Exception as error:
            raise forms.ValidationError(str(NOT_ADDED)) from error
        return answer


class PasskeyForm(forms.Form):
    """An answer that proves who somebody is.

    No try is counted: nobody can guess a passkey, and no lock may close it.
    """

    credential = AnswerField()
    reauthenticated = False
    passwordless = False

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_credential(self) -> Authenticator:
        answer = self.cleaned_data["credential"]
        try:
            user = self.user or auth.extract_user_from_response(answer)
            return cast("Authenticator", auth.complete_authentication(user, answer))
        except DatabaseError:
            raise
        except Exception as error:
            raise forms.ValidationError(str(NOT_THIS_ONE)) from error

    def save(self) -> None:
        """Note the proof in the session."""
        post_authentication(
            context.request,
            self.cleaned_data["credential"],
            reauthenticated=self.reauthenticated,
            passwordless=self.passwordless,
        )


class SignInPasskeyForm(PasskeyForm):
    """A passkey instead of password and code."""

    passwordless = True


class AgainPasskeyForm(PasskeyForm):
    """A passkey that opens a page which asks for a fresh proof."""

    reauthenticated = True
