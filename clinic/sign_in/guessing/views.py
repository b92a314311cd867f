"""The pages on which a patient asks for a code and types it, and staff ask for a link."""

from typing import Any
from uuid import UUID

from allauth.account.internal.stagekit import clear_login
from allauth.account.views import ConfirmLoginCodeView, PasswordResetView, RequestLoginCodeView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from clinic.security.access import public
from clinic.sign_in.guessing.forms import TypedCodeForm
from clinic.sign_in.guessing.mailed_codes import ask_for_code
from clinic.sign_in.guessing.requests import asked_too_often, limited

# The session key that holds the id of the code that was asked for.
ASKED_CODE = "asked_code"


class AskForCodeView(RequestLoginCodeView):
    """Ask for an e-mail; answer all of them alike and in the same time."""

    def form_valid(self, form: Any) -> HttpResponse:
        email = form.cleaned_data["email"]
        if asked_too_often(self.request, "code", email):
            return render(self.request, "account/too_many_codes.html", status=429)
        self.request.session[ASKED_CODE] = str(ask_for_code(email=email, now=timezone.now()))
        answer: HttpResponse = super().form_valid(form)
        return answer

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: object) -> None:
        """Begin anew instead of going back to the code that is waited for."""
        clear_login(request)


class TypeCodeView(ConfirmLoginCodeView):
    """Ask for the mailed code, which is counted and used up in its row."""

    form_class = TypedCodeForm

    def get_form_kwargs(self) -> dict[str, Any]:
        kept = self.request.session.get(ASKED_CODE)
        return {**super().get_form_kwargs(), "code_id": UUID(kept) if kept else None}

    def form_valid(self, form: TypedCodeForm) -> HttpResponse:
        # Until now nobody was signing in: whose address it is was not looked up.
        self._process._user = form.user
        self.request.session.pop(ASKED_CODE, None)
        answer: HttpResponse = super().form_valid(form)
        return answer

    def form_invalid(self, form: TypedCodeForm) -> HttpResponse:
        if form.is_over:
            clear_login(self.request)
            address = self.passthrough_next_url(reverse("account_request_login_code"))
            return redirect(f"{address}{'&' if '?' in address else '?'}over=1")
        page: HttpResponse = self.render_to_response(self.get_context_data(form=form))
        return page


class AskForPasswordLinkView(PasswordResetView):
    """Ask a member of staff for an e-mail; answer all of them alike and in the same time."""

    def form_valid(self, form: Any) -> HttpResponse:
        if asked_too_often(self.request, "password", form.cleaned_data["email"]):
            return render(self.request, "429.html", status=429)
        answer: HttpResponse = super().form_valid(form)
        return answer


_SAME = "what is answered never depends on whether the address is known"
ask_for_code_view = public(reason=_SAME)(limited("asking")(AskForCodeView.as_view()))
type_code = public(reason="the code itself is the key")(limited("typing")(TypeCodeView.as_view()))
ask_for_password_link = public(reason=_SAME)(limited("asking")(AskForPasswordLinkView.as_view()))
