"""The sample clinic: removed by one command, and never on a public address."""

import os
import subprocess
import sys
from datetime import date

import pytest
from django.conf import LazySettings, settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from booking.models import Appointment, LedgerEntry
from clinic.database.append_only import missing_triggers
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email
from clinic.models.people import Patient, User
from clinic.people.sample_people import real_people, refuse_in_production
from intake.models import Intake
from tests.celery_processes import current_database_url
from tests.factories import make_patient, make_user

START = date(2027, 2, 1)


@pytest.mark.promises
@pytest.mark.django_db(transaction=True)
def test_one_command_removes_all_of_it() -> None:
    call_command("seed", start=START, patients=12)
    assert AuditEvent.objects.exists()
    assert LedgerEntry.objects.exists()
    call_command("clear_sample", no_input=True)
    for model in (User, Patient, Intake, Appointment, Email, AuditEvent, LedgerEntry):
        assert not model.objects.exists(), model
    assert missing_triggers() == []


@pytest.mark.django_db
def test_real_people_are_never_removed() -> None:
    call_command("seed", start=START, patients=4)
    patient = make_patient()
    with pytest.raises(CommandError, match="1 real people"):
        call_command("clear_sample", no_input=True)
    assert Patient.objects.filter(pk=patient.pk).exists()


@pytest.mark.django_db
def test_without_a_sample_nothing_is_removed() -> None:
    make_user(email="real@example.test", is_sample=False)
    with pytest.raises(CommandError, match="No sample clinic"):
        call_command("clear_sample", no_input=True)
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_a_made_up_patient_who_signed_in_by_code_is_not_a_real_person() -> None:
    user = make_user(email="pat@sample.example", is_sample=False)
    make_patient(user=user, is_sample=True)
    assert real_people() == 0


@pytest.mark.django_db
def test_a_public_site_does_not_start_on_it(settings: LazySettings) -> None:
    refuse_in_production()
    settings.TRIAL = False
    refuse_in_production()
    make_user()
    with pytest.raises(ImproperlyConfigured, match="sample clinic"):
        refuse_in_production()


@pytest.mark.django_db(transaction=True)
def test_the_web_process_itself_refuses() -> None:
    make_user()
    started = subprocess.run(
        [sys.executable, "-c", "import clinic.wsgi"],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DATABASE_URL": current_database_url(),
            "SITE_URL": "https://clinic.example",
            "SECRET_KEY": "k" * 60,
            "FIELD_KEYS": settings.FIELD_KEYS[0],
            "DIGEST_KEY": settings.DIGEST_KEYS[0],
            "EMAIL_URL": "smtps://mail.example",
            "MAIL_FROM": "mail@clinic.example",
            "ALLOW_SQLITE": "1",
            "RUN_READY_LIMITS": "",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode != 0
    assert "holds the sample clinic" in started.stderr
