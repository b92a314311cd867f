"""Replacing the keys: killed in the middle and run again, everything opens with the new ones."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from cryptography.fernet import Fernet
from django.conf import settings as product
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from clinic.audit.details import fields_of, is_as_written
from clinic.audit.record import SYSTEM, record
from clinic.database.digests import keyed_digest, models_with_digests
from clinic.database.sealed import (
    is_sealed_by_first_key,
    models_with_sealed_fields,
    sealed_fields,
)
from clinic.keys.checking import problem, refuse_wrong_keys
from clinic.models import AuditEvent, KeptForm
from intake.concerns.rows import open_concern
from intake.models import Concern, Flag, Task
from intake.tasks.owing import owe_contact_fixes
from tests.celery_processes import current_database_url
from tests.factories import make_user
from tests.intake.review.reviewing import FEVERISH, TORN, make_intake

pytestmark = [pytest.mark.promises, pytest.mark.django_db(transaction=True)]
FORMS, BATCH = 600, 5
SECRET = "JBSWY3DPEHPK3PXP"


def keys(new: Any, former: list[str]) -> list[str]:
    return [new, *former]


def fill() -> None:
    """Write a row into most tables that hold something sealed, and many into one of them."""
    torn = make_intake(**TORN)
    make_intake(**FEVERISH)
    record(SYSTEM, "read answers", torn, patient=torn.patient, fields=["bg.tear"])
    TOTP.activate(make_user(email="second@example.test"), SECRET)
    KeptForm.objects.bulk_create(
        KeptForm(person=f"user:{number}", content={"number": number}, kept_at=timezone.now())
        for number in range(FORMS)
    )
    torn.patient.phone, torn.patient.email = "none", "t@example.test"
    torn.patient.mail_bounced_at = timezone.now() - timedelta(days=1)
    torn.patient.save()
    Task.objects.create(
        patient=torn.patient,
        kind="call_patient",
        created_at=timezone.now(),
        due_at=timezone.now(),
        tries_from=timezone.now(),
    )
    owe_contact_fixes(now=timezone.now())
    refuse_wrong_keys()


def stored() -> dict[str, str]:
    """Return every sealed text of the database, by model, row and column."""
    return {
        f"{model._meta.label_lower} {pk} {field.name}": str(text)
        for model in models_with_sealed_fields()
        for field in sealed_fields(model)
        for pk, text in model._base_manager.values_list("pk", field.name)
        if text is not None
    }


def started(*options: str, field: list[str], digest: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "rotate_keys", *options],
        cwd=product.BASE_DIR,
        env={
            **os.environ,
            "DATABASE_URL": current_database_url(),
            "FIELD_KEYS": ",".join(field),
            "DIGEST_KEY": ",".join(digest),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture
def new(settings: Any) -> dict[str, list[str]]:
    """Fill the database with the present keys; return new ones before them, for the process."""
    fill()
    field, digest = Fernet.generate_key().decode(), "d" * 60
    return {"field": [field, *settings.FIELD_KEYS], "digest": [digest, *settings.DIGEST_KEYS]}


def test_killed_in_the_middle_and_run_again_everything_opens_with_the_new_keys_alone(
    settings: Any, new: dict[str, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    before = stored()
    (about,) = Task.objects.filter(about__startswith="phone:").values_list("about", flat=True)
    connection.close()
    first = started("--batch", str(BATCH), **new)
    assert first.stdout is not None
    printed = []
    for line in first.stdout:
        printed.append(line)
        if line.startswith("clinic.keptform: 50 of"):
            first.send_signal(signal.SIGKILL)
            break
    assert first.wait() == -signal.SIGKILL, "".join(printed)

    settings.FIELD_KEYS, settings.DIGEST_KEYS = new["field"], new["digest"]
    done = [is_sealed_by_first_key(text) for text in stored().values()]
    assert 50 <= sum(done) < len(done)
    # Half of it under either key, and all of it is read and found.
    assert KeptForm.objects.get(person="user:599").content == {"number": 599}
    concern = Concern.objects.exclude(state="resolved").earliest("raised_at")
    assert open_concern(concern.patient_id, concern.rule) == concern
    assert owe_contact_fixes(now=timezone.now()) == 0
    assert problem() is None

    connection.close()
    again = started(**new)
    output, _ = again.communicate(timeout=120)
    with capsys.disabled():
        print("\n", *printed[-3:], "— killed —\n", output, sep="")
    assert again.returncode == 0, output
    assert "Everything opens with the first keys alone" in output

    settings.FIELD_KEYS, settings.DIGEST_KEYS = new["field"][:1], new["digest"][:1]
    after = stored()
    assert after.keys() - before.keys() == set()
    assert len(after) == len(before)
    assert [name for name, text in after.items() if not is_sealed_by_first_key(text)] == []
    for model in models_with_sealed_fields():
        for row in model._base_manager.all():
            for field in sealed_fields(model):
                getattr(row, field.attname)  # raises SealBroken
    assert {form.content["number"] for form in KeptForm.objects.all()} == set(range(FORMS))
    concern.refresh_from_db()
    assert concern.digest == keyed_digest("concern", concern.patient_id, concern.rule)
    assert open_concern(concern.patient_id, concern.rule) == concern
    assert {one.digest for one in Flag.objects.all()} == {
        keyed_digest("flag", one.intake_id, one.rule) for one in Flag.objects.all()
    }
    assert Authenticator.objects.get().wrap().validate_code("") is False
    assert TOTP(Authenticator.objects.get()).instance.data["secret"] != SECRET
    event = AuditEvent.objects.get(action="read answers")
    assert (fields_of(event), is_as_written(event)) == (["bg.tear"], True)
    assert not Task.objects.filter(about=about).exists()
    assert owe_contact_fixes(now=timezone.now()) == 0
    assert problem() is None


def test_a_dry_run_counts_and_changes_nothing(settings: Any, new: dict[str, list[str]]) -> None:
    settings.FIELD_KEYS, settings.DIGEST_KEYS = new["field"], new["digest"]
    before, digests = stored(), list(Concern.objects.values_list("pk", "digest"))
    out = StringIO()
    call_command("rotate_keys", dry_run=True, stdout=out)
    # Each sealed text, two second factors at most, and the digests.
    counted = int(out.getvalue().splitlines()[-1].split()[0])
    made = sum(model._base_manager.count() for model in models_with_digests())
    assert counted == len(before) + made + 2
    assert "Nothing was changed" in out.getvalue()
    assert stored() == before
    assert list(Concern.objects.values_list("pk", "digest")) == digests
    assert not AuditEvent.objects.filter(action="rotate keys").exists()


def test_what_no_key_opens_is_named_and_the_former_keys_are_to_be_kept(
    settings: Any, new: dict[str, list[str]]
) -> None:
    lost = KeptForm.objects.get(person="user:7")
    token = Fernet(Fernet.generate_key()).encrypt(b"lost").decode()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE clinic_keptform SET content = %s WHERE person = %s", [token, "user:7"]
        )
    settings.FIELD_KEYS, settings.DIGEST_KEYS = new["field"], new["digest"]
    errors = StringIO()
    with pytest.raises(CommandError, match="1 values could not be renewed"):
        call_command("rotate_keys", stdout=StringIO(), stderr=errors)
    assert errors.getvalue().strip() == f"clinic.keptform {lost.pk}: content cannot be opened"
    left = [name for name, text in stored().items() if not is_sealed_by_first_key(text)]
    assert left == [f"clinic.keptform {lost.pk} content", "clinic.keycheck 1 sealed"]
