"""Every form of staff and patients comes back with what was typed, whatever kind of form it is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from clinic.models.people import User
from intake.models import Task
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_appointment, make_enrollment, make_referral
from tests.intake.review.reviewing import FEVERISH, TORN, make_intake

pytestmark = pytest.mark.django_db

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
NEW_EACH_TIME = {"csrfmiddlewaretoken", "form_key"}


@dataclass
class Form:
    """One form of a page as a browser sees it: name, kind, value and "1" if sent, of each field."""

    action: str
    fields: list[list[str]] = field(default_factory=list)

    def values(self) -> dict[str, list[str]]:
        """Return what a browser would send now."""
        sent: dict[str, list[str]] = {}
        for name, _, value, is_on in self.fields:
            if is_on and name:
                sent.setdefault(name, []).append(value)
        return sent

    def is_typed_in(self) -> bool:
        return any(kind not in ("hidden", "submit", "password") for _, kind, _, _ in self.fields)


class Reader(HTMLParser):
    """The forms of a page that are sent by POST."""

    def __init__(self, html: str, page: str) -> None:
        super().__init__()
        self.page, self.forms = page, []
        self._form: Form | None = None
        self._name = ""
        self._text: list[str] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(urlsplit(urljoin(self.page, has.get("action", ""))).path)
            if has.get("method") == "post":
                self.forms.append(self._form)
        if self._form is None:
            return
        name, kind = has.get("name", ""), has.get("type", "text")
        if tag == "input" and "disabled" not in has:
            is_box = kind in ("checkbox", "radio")
            value = has.get("value", "on" if is_box else "")
            is_on = kind != "submit" and ("checked" in has or not is_box)
            self._form.fields.append([name, kind, value, "1" if is_on else ""])
        elif tag == "select":
            self._name = name
        elif tag == "option":
            is_on = "1" if "selected" in has else ""
            self._form.fields.append([self._name, "option", has.get("value", ""), is_on])
        elif tag == "textarea":
            self._text = [name, "textarea", "", "1"]
            self._form.fields.append(self._text)

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text[2] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._text is not None:
            self._text[2] = self._text[2].removeprefix("\n")
            self._text = None
        elif tag == "form":
            self._form = None


def forms_of(client: Client, page: str) -> list[Form]:
    answer = client.get(page)
    assert answer.status_code == 200, (page, answer.status_code)
    found = Reader(answer.content.decode(), urlsplit(page).path).forms
    return [one for one in found if one.is_typed_in() and not one.action.startswith("/accounts/l")]


def type_into(form: Form) -> dict[str, list[str]]:
    """Type something into every field, choose the last of all choices, tick every box."""
    seen: set[str] = set()
    for number, one in enumerate(reversed(form.fields)):
        name, kind = one[0], one[1]
        if kind in ("radio", "option"):
            one[3] = "" if name in seen else "1"
            seen.add(name)
        elif kind == "checkbox":
            one[3] = "1"
        elif kind == "textarea":
            one[2] = f"Typed {number}\n<i>&amp; more"
        elif kind not in ("hidden", "submit"):
            one[2] = f"typed {number}"
    return form.values()


def without_keys(sent: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: values for name, values in sent.items() if name not in NEW_EACH_TIME}


Make = Callable[[Cast], str]


def of_clinician(name: str) -> Make:
    return lambda cast: reverse(name)


def record(cast: Cast) -> str:
    visit = make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=NOW, status="arrived"
    )
    return reverse("visit_record", args=[visit.pk])


def decision(cast: Cast) -> str:
    return reverse("review_case", args=[make_intake(now=NOW, **TORN).pk])


def flag(cast: Cast) -> str:
    return reverse("review_flag", args=[make_intake(now=NOW, **TORN).pk])


def outcome(cast: Cast) -> str:
    make_intake(now=NOW, **FEVERISH)
    return reverse("task", args=[Task.objects.get(kind="urgent_call").pk])


def package(cast: Cast) -> str:
    referral = make_referral(patient=cast.patient)
    enrollment = make_enrollment(patient=cast.patient, referral=referral, now=NOW)
    return reverse("desk_package", args=[enrollment.pk])


def visit(cast: Cast) -> str:
    soon = NOW + timedelta(days=2)
    row = make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=soon)
    return reverse("desk_appointment", args=[row.pk])


def of_patient(name: str, *more: str) -> Make:
    return lambda cast: reverse(name, args=[cast.patient.pk, *more])


FORMS: dict[str, tuple[str, Make]] = {
    "visit record": ("clinician", record),
    "decision": ("clinician", decision),
    "flag by hand": ("clinician", flag),
    "outcome of a call": ("clinician", outcome),
    "outcome, by the desk": ("manager", outcome),
    "own closure": ("clinician", of_clinician("own_close")),
    "own week": ("clinician", of_clinician("own_week")),
    "new booking": ("manager", of_patient("desk_new")),
    "contact": ("manager", of_patient("desk_contact")),
    "new patient": ("manager", of_clinician("desk_new_patient")),
    "visit": ("manager", visit),
    "package": ("manager", package),
    "wish for an earlier time": ("manager", of_patient("desk_waitlist_add", "evaluation")),
    "closure": ("manager", of_clinician("desk_close")),
    "terms": ("manager", of_clinician("desk_change_terms")),
    "access": ("admin", of_clinician("new_person")),
}


def user_of(cast: Cast, role: str) -> User:
    user = {
        "clinician": cast.clinician.user,
        "manager": cast.manager,
        "patient": cast.patient.user,
        "admin": cast.admin,
    }[role]
    assert user is not None
    return user


def ready(client: Client, cast: Cast) -> None:
    """Answer what pages ask before they show anything: date of birth and a recent password."""
    session = client.session
    session["birth_date_known"] = str(cast.patient.pk)
    session["account_authentication_methods"] = [{"method": "password", "at": NOW.timestamp() * 2}]
    session["account_authentication_methods_user"] = session.get("_auth_user_id")
    session.save()


@pytest.mark.parametrize("name", FORMS)
def test_what_was_typed_into_it_comes_back(name: str) -> None:
    role, make = FORMS[name]
    with time_machine.travel(NOW, tick=False) as clock:
        cast = make_cast()
        page = make(cast)
        user = user_of(cast, role)
        client = client_for(user)
        ready(client, cast)
        forms = forms_of(client, page)
        assert forms
        for place, form in enumerate(forms):
            sent = type_into(form)
            clock.shift(timedelta(minutes=61))
            late = client.post(form.action, sent, headers={"referer": f"http://testserver{page}"})
            assert "What you typed is kept for you" in late.content.decode()
            client.force_login(user, backend=BACKEND)
            ready(client, cast)
            back = forms_of(client, page)[place].values()
            assert without_keys(back) == without_keys(sent)
