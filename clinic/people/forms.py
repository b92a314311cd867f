"""The sign-in library's form for asking a code, for patients only."""

from allauth.account.forms import RequestLoginCodeForm
from django.utils.translation import gettext as _

from clinic.limits.count import is_over
from clinic.people.sign_in import user_for_code


class CodeRequestForm(RequestLoginCodeForm):
    """Asks for an e-mail. What is answered never depends on whether it is known."""

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].lower()
        if is_over("link_requests", f"code {email}"):
            self.add_error(None, _("Too many codes were asked for. Try again in an hour."))
        self._user = user_for_code(email)
        return email
