"""A later step of a flow, posted before the earlier ones: nothing is done."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.cast import client_for, make_cast
from tests.edges.test_reading import LEFT_BY_READING, state
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

# The step, who is there already, and what is sent.
TOO_EARLY = {
    "a code nobody asked for": ("account_confirm_login_code", "nobody", {"code": "123456"}),
    "a second step without the first": ("mfa_authenticate", "nobody", {"code": "123456"}),
    "a passkey without its challenge": ("mfa_login_webauthn", "nobody", {"credential": "{}"}),
    "answers before consent": ("intake_check", "nobody", {"go": "1"}),
    "the end of a form that was not begun": ("intake_summary", "nobody", {"go": "1"}),
    "a contact without a form": ("intake_contact", "nobody", {"name": "Ina", "email": "i@e.test"}),
    "a draft that is not there": ("intake_change", "nobody", {}),
    "a plan that was not chosen": ("plan_hold", "patient", {"sure": "1"}),
    "rows without a code": ("own_rows", "nobody", {"born_on_year": "1992"}),
    "a fresh proof of nobody": ("account_reauthenticate", "nobody", {"password": PASSWORD}),
    "an app of nobody": ("mfa_activate_totp", "nobody", {"code": "123456"}),
}


@pytest.mark.parametrize("name", TOO_EARLY)
def test_a_step_before_its_time_changes_nothing_and_signs_nobody_in(name: str) -> None:
    cast = make_cast()
    view, who, sent = TOO_EARLY[name]
    client = Client() if who == "nobody" else client_for(cast.patient.user)
    before = state()
    answer = client.post(reverse(view), sent)
    assert answer.status_code in (200, 302, 403, 404, 405, 409, 422)
    after = state()
    assert "clinic.storedsession" in LEFT_BY_READING
    assert [table for table in before if before[table] != after[table]] == []
    assert who != "nobody" or "_auth_user_id" not in client.session
