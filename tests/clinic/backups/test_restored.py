"""What ends after a restore, and that a second run leaves what began since then."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from allauth.account.forms import default_token_generator
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse

from booking.models import CalendarFeed
from clinic.audit.details import words_of
from clinic.database.clock import database_now
from clinic.models.audit import AuditEvent
from clinic.models.links import AccessLink
from clinic.models.messages import Asked
from clinic.models.own_sessions import SignedIn
from clinic.models.people import Patient, User
from clinic.models.sign_in import KnownBrowser, MailedCode, StoredSession
from tests.cast import client_for, make_cast

pytestmark = [pytest.mark.django_db, pytest.mark.promises]


@pytest.fixture(autouse=True)
def erasure_list(settings: Any, tmp_path: Path) -> Path:
    path = tmp_path / "erasures.sealed"
    settings.ERASURE_LIST = str(path)
    path.touch()
    return path


def follow(**options: Any) -> str:
    out = StringIO()
    taken = (database_now() - timedelta(hours=3)).replace(microsecond=0)
    call_command("after_restore", **{"taken_at": taken.isoformat(), **options}, stdout=out)
    return out.getvalue()


def link(patient: Patient, *, token: str, epoch: int | None) -> AccessLink:
    return AccessLink.objects.create(
        purpose="test", about="test:1", patient=patient, token_hash=token, epoch=epoch
    )


def is_signed_in(client: Client) -> bool:
    return client.get(reverse("desk_mails")).status_code == 200


def test_what_was_given_out_before_opens_nothing_any_more() -> None:
    cast = make_cast()
    manager = client_for(cast.manager)
    assert is_signed_in(manager)
    # A link to a password knows of the last sign-in to the second.
    User.objects.update(last_login=database_now() - timedelta(hours=1))
    user = User.objects.get(pk=cast.manager.pk)
    password_link = default_token_generator.make_token(user)
    hers = link(cast.patient, token="a", epoch=cast.patient.epoch)
    stops_mail = link(cast.patient, token="b", epoch=None)
    now = database_now()
    SignedIn.objects.create(user=user, began_at=now, seen_at=now)
    KnownBrowser.objects.create(token_hash="c", user=user, first_at=now, last_at=now)
    MailedCode(
        digest="d", content={"email": "e@example.test"}, asked_at=now,
        expires_at=now + timedelta(minutes=10),
    ).save()  # fmt: skip
    Asked(kind="code", content={"email": "e@example.test"}, asked_at=now).save()
    open_feed_of = CalendarFeed.objects.create(
        patient=cast.patient, token_hash="f", made_at=now, epoch=cast.patient.epoch
    )
    epoch = cast.patient.epoch
    assert "Sessions, links, calendar addresses, offers and codes" in follow()
    assert not is_signed_in(manager)
    assert not default_token_generator.check_token(
        User.objects.get(pk=cast.manager.pk), password_link
    )
    hers.refresh_from_db()
    stops_mail.refresh_from_db()
    open_feed_of.refresh_from_db()
    assert hers.revoked_at is not None
    assert stops_mail.revoked_at is None
    assert open_feed_of.revoked_at is not None
    assert Patient.objects.get(pk=cast.patient.pk).epoch == epoch + 1
    assert not SignedIn.objects.filter(ended_at=None).exists()
    assert not KnownBrowser.objects.exists()
    assert not Asked.objects.exists()
    assert MailedCode.objects.get().expires_at <= database_now()
    assert AuditEvent.objects.filter(action="after restore").count() == 1


@pytest.mark.parametrize(
    "again",
    [
        lambda taken: taken.isoformat(),
        # As `restore` prints it.
        lambda taken: taken.isoformat(timespec="seconds"),
        lambda taken: taken.astimezone(timezone(timedelta(hours=-5))).isoformat(),
    ],
    ids=["the same", "without parts of a second", "in another zone"],
)
def test_a_second_run_leaves_what_began_since_the_first(again: Callable[[datetime], str]) -> None:
    cast = make_cast()
    taken = database_now() - timedelta(hours=3)
    follow(taken_at=taken.isoformat())
    cast.manager.refresh_from_db()
    manager = client_for(cast.manager)
    assert is_signed_in(manager)
    new = link(cast.patient, token="a", epoch=1)
    said = follow(taken_at=again(taken))
    assert "dealt with before" in said
    assert is_signed_in(manager)
    new.refresh_from_db()
    assert new.revoked_at is None
    assert StoredSession.objects.exists()
    assert AuditEvent.objects.filter(action="after restore").count() == 1


@pytest.mark.parametrize(
    ("taken", "sentence"),
    [
        ("yesterday", "must look like"),
        ("2026-11-30T02:00:00", "with its offset"),
        ("2999-01-01T00:00:00+00:00", "later than the database's clock"),
    ],
)
def test_a_time_that_cannot_be_right_is_refused(taken: str, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        follow(taken_at=taken)
    assert not AuditEvent.objects.exists()


def test_without_the_newest_list_of_erasures_it_wants_a_reason(erasure_list: Path) -> None:
    erasure_list.unlink()
    for reason in ("", "  "):
        with pytest.raises(CommandError, match="no file ERASURE_LIST"):
            follow(no_erasures_since=reason)
    assert not AuditEvent.objects.exists()
    follow(no_erasures_since="nobody was erased")
    (event,) = AuditEvent.objects.filter(action="restore without erasures")
    assert words_of(event) == "nobody was erased"
    assert "nobody" not in event.reason
