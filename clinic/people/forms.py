"""Forms: asking for a sign-in code (patients), and the access of staff."""

from allauth.account.forms import RequestLoginCodeForm
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.people.staff_access import Roles
from clinic.security.rate_limits import is_over
from clinic.sign_in.codes import user_for_code
from clinic.web.form_layout import TextLine, Tick, laid_out


class CodeRequestForm(RequestLoginCodeForm):
    """Ask for an e-mail. The answer never depends on whether the e-mail is known."""

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        # Counted for each address, whoever asks.
        if is_over("link_requests", f"code {email}"):
            self.add_error(None, _("Too many codes were asked for. Try again in an hour."))
        self._user = user_for_code(email)
        return email


class PersonForm(forms.Form):
    """A member of staff and their roles."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        error_messages={"required": gettext_lazy("Enter a name")},
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        error_messages={
            "required": gettext_lazy("Enter an e-mail"),
            "invalid": gettext_lazy("Enter an e-mail like name@example.com"),
        },
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
