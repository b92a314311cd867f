"""Forms: asking for a sign-in code (patients), and the access of staff."""

from typing import Any

from allauth.account.forms import LoginForm, RequestLoginCodeForm, ResetPasswordForm
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from clinic.identity.fields import EmailAddressField, NameField
from clinic.messages.asked import ask
from clinic.people.staff_access import Roles
from clinic.sign_in.notices import PASSWORD_LINK
from clinic.web.form_fields import AT_MOST
from clinic.web.form_layout import TextLine, Tick, laid_out


class StaffSignInForm(LoginForm):
    """Ask for e-mail and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Without a question: the page that asks would not have the password any more.
        self.fields["login"] = EmailAddressField(
            label=self.fields["login"].label, own=True, asks=False
        )

    def clean_login(self) -> str:
        login: str = self.cleaned_data["login"].lower()
        return login


class PasswordLinkForm(ResetPasswordForm):
    """Ask a member of staff for an e-mail. The answer never depends on whether it is known."""

    email = EmailAddressField(label=gettext_lazy("Email"), own=True)

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        return email

    def save(self, request: HttpRequest, **kwargs: object) -> str:
        """Ask the sender for a link. It knows whose address this is; this request does not look."""
        email: str = self.cleaned_data["email"]
        ask(PASSWORD_LINK, {"email": email})
        return email


class CodeRequestForm(RequestLoginCodeForm):
    """Ask for an e-mail. The answer never depends on whether the e-mail is known."""

    email = EmailAddressField(label=gettext_lazy("Email"), own=True)
    # Nobody, until a right code says who it is.
    _user = None

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        return email


class PersonForm(forms.Form):
    """A member of staff and their roles."""

    name = NameField(
        label=gettext_lazy("Name"), error_messages={"required": gettext_lazy("Enter a name")}
    )
    email = EmailAddressField(
        label=gettext_lazy("E-mail"),
        error_messages={"required": gettext_lazy("Enter an e-mail")},
    )
    is_manager = forms.BooleanField(label=gettext_lazy("Practice manager"), required=False)
    is_clinician = forms.BooleanField(label=gettext_lazy("Clinician"), required=False)
    is_access_admin = forms.BooleanField(
        label=gettext_lazy("Gives access to others"), required=False
    )
    helper = laid_out(
        TextLine("name"), TextLine("email"), Tick("is_manager"), Tick("is_clinician"),
        Tick("is_access_admin"),
    )  # fmt: skip

    def roles(self) -> Roles:
        """Return the ticked roles. Call it on a valid form only."""
        names = ("is_manager", "is_clinician", "is_access_admin")
        return Roles(**{name: self.cleaned_data[name] for name in names})


class AccessForm(PersonForm):
    """The access of somebody who has a sign-in already."""

    # None takes a field of the parent class away.

    name = email = None  # type: ignore[assignment]
    is_active = forms.BooleanField(label=gettext_lazy("May sign in"), required=False)
    helper = laid_out(
        Tick("is_active"), Tick("is_manager"), Tick("is_clinician"), Tick("is_access_admin")
    )


class ResetForm(forms.Form):
    """Why somebody's second factor is taken away. The reason stands in the log."""

    reason = forms.CharField(
        label=gettext_lazy("Why, and how you know that it is her or him"),
        help_text=gettext_lazy(
            "Who gives access reads this in the log. For example: lost the phone, asked me in "
            "person today."
        ),
        min_length=10,
        max_length=300,
        error_messages={
            "required": gettext_lazy("Write why"),
            "min_length": gettext_lazy("Write a sentence"),
            "max_length": AT_MOST,
        },
        widget=forms.Textarea({"rows": 3, "autocomplete": "off"}),
    )
    helper = laid_out(TextLine("reason"))


class ArrivalForm(forms.Form):
    """The code of a mail that was sent as a test."""

    code = forms.CharField(
        label=gettext_lazy("The code in the mail"),
        max_length=20,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Enter the code")},
    )
    helper = laid_out(TextLine("code"))
