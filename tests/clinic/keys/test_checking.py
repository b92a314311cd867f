"""Wrong keys: the process does not start, does not connect, is not ready, and seals nothing."""

import os
import subprocess
import sys
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import settings as product
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.test import Client
from django.utils import timezone

from clinic.database.sealed import WrongKeys
from clinic.env import field_keys
from clinic.keys.checking import problem, refuse_to_seal_with_wrong_keys, refuse_wrong_keys
from clinic.models import KeptForm, KeyCheck
from clinic.models.messages import Heartbeat
from clinic.operations.starting import refuse_to_start_with_wrong_keys
from tests.celery_processes import current_database_url

pytestmark = [pytest.mark.promises, pytest.mark.django_db]
OTHER = Fernet.generate_key().decode()
FIELD_WORDS = "FIELD_KEYS cannot open what this database holds"
DIGEST_WORDS = "DIGEST_KEY is not the one this database was filled with"


def keep_something() -> None:
    KeptForm.objects.create(person="user:1", content={"fields": []}, kept_at=timezone.now())


def test_the_first_start_notes_the_keys_and_later_ones_compare(settings: Any) -> None:
    assert problem() is None
    refuse_wrong_keys()
    assert KeyCheck.objects.count() == 1
    refuse_wrong_keys()
    assert problem() is None
    call_command("check")


@pytest.mark.parametrize(
    ("name", "words"), [("FIELD_KEYS", FIELD_WORDS), ("DIGEST_KEYS", DIGEST_WORDS)]
)
def test_another_key_is_refused_everywhere_until_the_former_stands_beside_it(
    settings: Any, name: str, words: str
) -> None:
    refuse_wrong_keys()
    former = list(getattr(settings, name))
    setattr(settings, name, [OTHER])
    with pytest.raises(WrongKeys, match=words):
        refuse_wrong_keys()
    with pytest.raises(SystemCheckError, match=r"clinic\.E002"):
        call_command("check")
    with pytest.raises(SystemExit, match=words):
        refuse_to_start_with_wrong_keys()
    setattr(settings, name, [OTHER, *former])
    refuse_wrong_keys()
    assert problem() is None


@pytest.mark.parametrize(
    ("name", "words"), [("FIELD_KEYS", FIELD_WORDS), ("DIGEST_KEYS", DIGEST_WORDS)]
)
def test_noted_first_with_two_keys_the_former_stays_needed_until_all_is_renewed(
    settings: Any, name: str, words: str
) -> None:
    """`rotate_keys`, killed before its end, may be the first process that notes the keys."""
    former = list(getattr(settings, name))
    keep_something()
    setattr(settings, name, [OTHER, *former])
    refuse_wrong_keys()
    assert problem() is None
    setattr(settings, name, [OTHER])
    with pytest.raises(WrongKeys, match=words):
        refuse_wrong_keys()
    setattr(settings, name, [OTHER, *former])
    call_command("rotate_keys")
    setattr(settings, name, [OTHER])
    refuse_wrong_keys()
    assert problem() is None


def test_with_wrong_keys_it_is_not_ready(settings: Any, client: Client) -> None:
    Heartbeat.objects.update_or_create(job="send_due", defaults={"at": timezone.now()})
    refuse_wrong_keys()
    assert client.get("/health/ready").status_code == 200
    settings.FIELD_KEYS = [OTHER]
    assert client.get("/health/ready").status_code == 503


def test_a_database_that_noted_no_keys_is_asked_for_what_it_holds(settings: Any) -> None:
    keep_something()
    settings.FIELD_KEYS = [OTHER]
    with pytest.raises(WrongKeys, match=FIELD_WORDS):
        refuse_wrong_keys()
    with pytest.raises(ImproperlyConfigured, match=FIELD_WORDS):
        refuse_to_seal_with_wrong_keys([("clinic_keptform", "content")])
    assert not KeyCheck.objects.exists()


@pytest.mark.parametrize(
    "given",
    ["garbage", OTHER[:-4], f"{OTHER},garbage", " , "],
    ids=["garbage", "cut", "second", "blank"],
)
def test_what_is_no_key_is_refused_before_anything_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, given: str
) -> None:
    monkeypatch.setenv("FIELD_KEYS", given)
    with pytest.raises(ImproperlyConfigured, match="FIELD_KEYS"):
        field_keys("FIELD_KEYS", stored_in=tmp_path / "k", trial=False, make=str)


@pytest.mark.django_db(transaction=True)
def test_no_process_connects_or_starts_with_wrong_keys(settings: Any) -> None:
    refuse_wrong_keys()
    right = list(settings.FIELD_KEYS)
    connection.close()
    settings.FIELD_KEYS = [OTHER]
    # Whatever it is: a command without checks, a shell, a worker that came up before the database.
    with pytest.raises(WrongKeys, match=FIELD_WORDS):
        keep_something()
    settings.FIELD_KEYS = right
    assert not KeptForm.objects.exists()
    environment = {**os.environ, "DATABASE_URL": current_database_url(), "FIELD_KEYS": OTHER}
    started = subprocess.run(
        [sys.executable, "-c", "import clinic.wsgi"],
        cwd=product.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode != 0
    assert FIELD_WORDS in started.stderr.splitlines()[-1]
