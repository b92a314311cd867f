"""Pages of passkeys: those of the library, with our answers to what goes wrong."""

from typing import Any

from allauth.account.utils import passthrough_next_redirect_url
from allauth.mfa.webauthn.internal import auth
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    LoginWebAuthnView,
    ReauthenticateWebAuthnView,
    RemoveWebAuthnView,
)
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME as NEXT
from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse, reverse_lazy

from clinic.security.access import any_staff, public


class _AddPasskey(AddWebAuthnView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Ask for a passkey that knows whose it is, so that it signs in without a password."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        options = auth.begin_registration(self.request.user, passwordless=True)
        context["js_data"] = {"creation_options": options}
        return {**context, "has_errors": bool(context["form"].errors)}

    def form_invalid(self, form: Form) -> HttpResponse:
        answer: HttpResponse = self.render_to_response(self.get_context_data(form=form), status=422)
        return answer


class _RemovePasskey(RemoveWebAuthnView):
    success_url = reverse_lazy("mfa_index")


class _SignIn(LoginWebAuthnView):
    def form_invalid(self, form: Form) -> HttpResponse:
        """Lead back to the page of signing in, and on from there to where she wanted to go."""
        for sentence in form.errors.get("credential", []):
            messages.error(self.request, str(sentence))
        address = passthrough_next_redirect_url(self.request, reverse("account_login"), NEXT)
        return HttpResponseRedirect(address)


class _Again(ReauthenticateWebAuthnView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "has_errors": bool(context["form"].errors)}

    def form_invalid(self, form: Form) -> HttpResponse:
        answer: HttpResponse = self.render_to_response(self.get_context_data(form=form), status=422)
        return answer


add_passkey = any_staff(_AddPasskey.as_view())
remove_passkey = any_staff(_RemovePasskey.as_view())
sign_in_by_passkey = public(reason="it is a way to sign in")(_SignIn.as_view())
again_by_passkey = any_staff(_Again.as_view())
