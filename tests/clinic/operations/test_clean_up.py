"""What nobody needs any more is deleted, and nothing else."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator

from booking.models import CalendarFeed
from clinic.models.limits import RateCount
from clinic.models.links import AccessLink
from clinic.models.messages import Asked
from clinic.models.sign_in import KnownBrowser, MailedCode, StoredSession, TryCount, UsedStep
from clinic.models.submissions import Submission
from clinic.operations import clean_up as cleaning
from clinic.operations.clean_up import clean_up
from clinic.retention.schedule import schedule
from tests.factories import NOW, make_patient, make_user

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def fill(age: timedelta) -> None:
    """Make a row of each kind that ended, was counted or last used so long ago."""
    at, name = NOW - age, f"{age.total_seconds():.0f}"
    user = make_user(email=f"u{name}@example.test")
    app = Authenticator.objects.create(user=user, type="totp", data={})
    patient = make_patient(email=f"p{name}@example.test")
    StoredSession.objects.create(key_hash=name, data="", expires_at=at)
    RateCount.objects.create(key=name, window=at)
    TryCount.objects.create(key=name, tries=1, since=at)
    MailedCode.objects.create(digest="", content={}, asked_at=at, expires_at=at)
    UsedStep.objects.create(authenticator=app, step=1, used_at=at)
    Asked.objects.create(kind="x", content={}, asked_at=at)
    KnownBrowser.objects.create(token_hash=name, user=user, first_at=at, last_at=at)
    Submission.objects.create(key=name, actor="", view="", body_hmac="", outcome="")
    Submission.objects.filter(key=name).update(created_at=at)
    for ending in ("expires_at", "revoked_at"):
        AccessLink.objects.create(
            purpose="x", about="x", patient=patient, token_hash=f"{ending}{name}", **{ending: at}
        )
    CalendarFeed.objects.create(patient=patient, token_hash=name, made_at=at, revoked_at=at)


def left() -> dict[str, int]:
    models = (
        StoredSession, RateCount, TryCount, MailedCode, UsedStep, Asked, KnownBrowser, Submission,
        AccessLink, CalendarFeed,
    )  # fmt: skip
    return {model.__name__: model._default_manager.count() for model in models}


def test_each_kind_is_kept_for_its_time_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    # So that more than one batch is needed.
    monkeypatch.setattr(cleaning, "BATCH", 1)
    for age in (-HOUR, HOUR, 25 * HOUR, 49 * HOUR, 8 * DAY, 31 * DAY, 91 * DAY, 181 * DAY):
        fill(age)
    AccessLink.objects.create(
        purpose="unsubscribe", about="x", patient=make_patient(), token_hash="never"
    )
    CalendarFeed.objects.create(
        patient=make_patient(), token_hash="in use", made_at=NOW - 999 * DAY
    )
    clean_up(now=NOW)
    assert left() == {
        "StoredSession": 1,
        "RateCount": 3,
        "TryCount": 2,
        "MailedCode": 2,
        "UsedStep": 2,
        "Asked": 4,
        "KnownBrowser": 7,
        "Submission": 5,
        "AccessLink": 2 * 6 + 1,
        "CalendarFeed": 6 + 1,
    }
    assert clean_up(now=NOW) == 0


def test_whatever_opens_pages_without_a_sign_in_is_deleted_when_it_ended() -> None:
    _kinds, tables = schedule()
    opens = {
        table.label
        for table in tables.values()
        if any(keeping.name == "given" for keeping in table.columns.values())
    }
    assert opens
    assert opens <= {one.model._meta.label_lower for one in cleaning.LEFTOVERS}
