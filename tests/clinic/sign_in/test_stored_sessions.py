"""What the database holds of a session opens nothing and tells nothing; the old ones go."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django.apps import apps
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as ClearSessionStore
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.database.sealed import Sealed
from clinic.models.sign_in import StoredSession
from clinic.sign_in.session_store import SessionStore, key_hash
from tests.cast import client_for
from tests.clinic.sign_in.test_mailed_codes import ask, mailed_code
from tests.clinic.sign_in.test_sign_in import make_real, sign_in
from tests.factories import make_manager, make_patient, make_user

pytestmark = pytest.mark.django_db


def whole_database() -> str:
    """Return every value of every table that holds something of signing in or asking, as text."""
    tables = [
        name
        for name in connection.introspection.table_names()
        if name.startswith(("clinic_", "django_session", "mfa_", "account_"))
    ]
    found = []
    with connection.cursor() as cursor:
        for name in tables:
            cursor.execute(f'SELECT * FROM "{name}"')  # noqa: S608 the tables' own names
            found.append(repr(cursor.fetchall()))
    return "\n".join(found)


def text_of(key: str) -> Sealed:
    """Return the sealed text as it stands in the row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM clinic_storedsession WHERE key_hash = %s", [key])
        return Sealed(cursor.fetchone()[0])


def test_no_key_code_secret_or_searched_name_stands_in_the_database() -> None:
    make_patient(user=make_user(email="patient@example.test", is_sample=False))
    patient = ask()
    code = mailed_code()
    staff = sign_in(make_real(is_manager=True))
    staff.get(reverse("mfa_activate_totp"))
    secret = staff.session[SECRET_SESSION_KEY]
    desk = client_for(make_manager())
    desk.post(reverse("desk_patients"), {"q": "Quillfeather"})
    assert "Quillfeather" in repr(dict(desk.session.items()))
    text = whole_database()
    keys = [one.cookies["sessionid"].value for one in (patient, staff, desk)]
    for key in keys:
        assert key_hash(key) in text
    for clear in (*keys, f'"{code}"', f"'{code}'", secret, "Quillfeather"):
        assert clear not in text


def test_what_stands_in_the_database_opens_no_session() -> None:
    client = client_for(make_manager())
    row = StoredSession.objects.get()
    assert client.get(reverse("desk_day")).status_code == 200
    thief = Client()
    thief.cookies["sessionid"] = row.key_hash
    assert thief.get(reverse("desk_day")).status_code == 302
    # Nor do contents that were moved to a row whose key the thief knows.
    own = client_for(make_user(email="thief@example.test", is_access_admin=True))
    mine = key_hash(own.cookies["sessionid"].value)
    StoredSession.objects.filter(pk=mine).update(data=text_of(row.pk))
    assert own.get(reverse("desk_day")).status_code == 302


def test_a_session_that_ended_meanwhile_does_not_come_back() -> None:
    store = SessionStore()
    store["a"] = 1
    store.save()
    late = SessionStore(store.session_key)
    assert late["a"] == 1
    store.flush()
    late["a"] = 2
    with pytest.raises(UpdateError):
        late.save()
    assert not StoredSession.objects.exists()


def test_a_session_that_cannot_be_opened_is_an_empty_one_with_another_key() -> None:
    store = SessionStore()
    store["a"] = 1
    store.save()
    StoredSession.objects.update(data=Sealed("garbage"))
    again = SessionStore(store.session_key)
    assert again.get("a") is None
    assert again.session_key is None


def test_an_upgrade_keeps_everybody_signed_in() -> None:
    user = make_manager()
    client = client_for(user)
    content = {**dict(client.session.items()), "account_login": {"code": "123456"}}
    StoredSession.objects.all().delete()
    rows = {"live": timedelta(hours=1), "over": -timedelta(hours=1)}
    for name, ahead in rows.items():
        data = ClearSessionStore().encode(content)
        key = f"{name}{client.cookies['sessionid'].value[4:]}"
        Session.objects.create(
            session_key=key, session_data=data, expire_date=timezone.now() + ahead
        )
    move = import_module("clinic.migrations.0017_what_stops_guessing").seal_sessions
    move(apps, None)
    assert not Session.objects.exists()
    client.cookies["sessionid"] = f"live{client.cookies['sessionid'].value[4:]}"
    assert client.get(reverse("desk_day")).status_code == 200
    assert "account_login" not in client.session
    assert StoredSession.objects.count() == 1


def test_the_command_for_old_sessions_deletes_them() -> None:
    client_for(make_manager())
    call_command("clearsessions")
    assert StoredSession.objects.count() == 1
    StoredSession.objects.update(expires_at=timezone.now())
    call_command("clearsessions")
    assert not StoredSession.objects.exists()


def full(*args: Any, **kwargs: Any) -> None:
    raise OperationalError("database or disk is full")


def test_a_session_that_cannot_be_saved_is_no_fault_of_the_browser(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = client_for(make_manager())
    client.raise_request_exception = False
    monkeypatch.setattr(StoredSession, "save", full)
    # A page that notes when she was seen last.
    answer = client.get(reverse("desk_day"))
    assert answer.status_code == 503
    page = answer.content.decode()
    assert "The site cannot answer right now" in page
    assert "call 911" in page
