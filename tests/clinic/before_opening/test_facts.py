"""The clinic's facts: read by every process, changed on screen, known with the database away."""

import errno
import importlib
import json
import re
from typing import Any
from unittest.mock import patch

import pytest
from django.apps import apps
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from booking.models import Service
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.before_opening.facts_rows import choose_zone, set_facts
from clinic.checks import no_variable_is_ignored
from clinic.messages.delivery.sending import send_due
from clinic.models.audit import AuditEvent
from clinic.models.practice import ClinicFacts
from clinic.practice import facts
from clinic.practice import facts as facts_module
from clinic.practice.facts import PracticeFacts, clinic_facts, facts_file, keep_up
from tests.cast import client_for
from tests.factories import NOW, make_manager

CONTEXT = Context(SYSTEM, NOW)
TYPED = {
    "name": "Harbor Physical Therapy",
    "mail_name": "Harbor Street",
    "address": "9 Harbor Street, Salem, MA",
    "phone": "(978) 555-0133",
    "crisis_line": "Call 833-555-0199, day and night.",
    "state": "MA",
}


@pytest.mark.django_db(transaction=True)
def test_a_change_on_screen_is_on_every_page_in_mail_and_in_the_file(
    real_facts: None, mailoutbox: list[Any]
) -> None:
    ClinicFacts.objects.update_or_create(pk=1, defaults={"opened_at": NOW})
    manager = client_for(make_manager())
    assert "Harbor" not in Client().get("/").content.decode()
    answer = manager.post(reverse("clinic_facts"), TYPED)
    assert answer.status_code == 302, answer.content.decode()
    home = Client().get("/").content.decode()
    for text in ("Harbor Physical Therapy", "9 Harbor Street, Salem, MA", "tel:978-555-0133"):
        assert text in home
    manager.post(reverse("mail_test"))
    send_due()
    [mail] = mailoutbox
    assert mail.from_email == '"Harbor Street" <mail@127.0.0.1>'
    assert "978-555-0133" in mail.alternatives[0].content
    assert json.loads(facts_file().read_text())["phone"] == "978-555-0133"
    event = AuditEvent.objects.get(action="set clinic facts")
    assert event.actor.startswith("user:")
    assert "phone: +19785550133" in event.reason
    again = manager.post(reverse("clinic_facts"), TYPED, follow=True)
    assert "Nothing was changed." in again.content.decode()
    assert AuditEvent.objects.filter(action="set clinic facts").count() == 1


@pytest.mark.django_db(transaction=True)
def test_another_process_learns_of_a_change_by_the_file(real_facts: None) -> None:
    set_facts(values={"name": "First"}, context=CONTEXT)
    keep_up()
    # Another process: it writes row and file, and this one only sees that the file changed.
    ClinicFacts.objects.update(name="Second")
    assert clinic_facts().name == "First"
    facts_file().write_text(json.dumps({"name": "Second"}))
    keep_up()
    assert clinic_facts().name == "Second"
    # On another machine there is no common file: it asks after half a minute.
    ClinicFacts.objects.update(name="Third")
    keep_up()
    assert clinic_facts().name == "Second"
    with patch.object(facts, "READ_AGAIN_AFTER", 0):
        keep_up()
    assert clinic_facts().name == "Third"


@pytest.mark.django_db(transaction=True)
def test_with_the_database_away_pages_say_what_was_known_last(real_facts: None) -> None:
    set_facts(values={**TYPED, "phone": "+19785550133"}, context=CONTEXT)
    # A process that starts while the database is away knows nothing but the file.
    facts._KNOWN.forget()
    away = {**connection.settings_dict, **gone()}
    connection.close()
    with patch.object(connection, "settings_dict", away):
        with pytest.raises(OperationalError):
            ClinicFacts.objects.exists()
        client = Client(raise_request_exception=False)
        client.cookies["sessionid"] = "x" * 32
        page = client.get("/visits/")
        assert page.status_code == 503
        assert "tel:978-555-0133" in page.content.decode()
        urgent = client.post("/intake/safety/", {"safety_emergency": "chest_pain"})
        assert urgent.status_code == 503
        text = urgent.content.decode()
        assert "tel:911" in text
        assert "tel:978-555-0133" in text
        assert "Harbor Physical Therapy" in text
    connection.close()
    assert ClinicFacts.objects.get().name == "Harbor Physical Therapy"


def gone() -> dict[str, Any]:
    """Return settings of a database that is not there: nothing listens, no folder has the file."""
    if connection.vendor == "sqlite":
        return {"NAME": "/nowhere/at-all.sqlite3"}
    return {"HOST": "127.0.0.1", "PORT": "1"}


@pytest.mark.django_db(transaction=True)
def test_the_zone_is_chosen_once(real_facts: None) -> None:
    assert settings.CLINIC_TIME_ZONE == "America/New_York"
    manager = client_for(make_manager())
    # What cannot be taken back is chosen by nobody else, and not by pressing the button alone.
    page = manager.get(reverse("clinic_zone")).content.decode()
    assert re.findall(r'<option value="([^"]*)" selected', page) in ([], [""])
    assert manager.post(reverse("clinic_zone"), {"zone": ""}).status_code == 422
    assert manager.post(reverse("clinic_zone"), {"zone": "Nowhere/Town"}).status_code == 422
    assert manager.post(reverse("clinic_zone"), {"zone": "America/Denver"}).status_code == 302
    assert settings.CLINIC_TIME_ZONE == "America/Denver"
    assert settings.TIME_ZONE == "America/Denver"
    assert manager.post(reverse("clinic_zone"), {"zone": "America/Chicago"}).status_code == 409
    assert not choose_zone(zone="America/Chicago", context=CONTEXT)
    assert ClinicFacts.objects.get().zone == "America/Denver"


@pytest.mark.django_db
def test_what_patients_need_cannot_be_emptied_again(real_facts: None) -> None:
    manager = client_for(make_manager())
    # A clinic that begins may save what it has.
    assert manager.post(reverse("clinic_facts"), {"name": "Harbor"}).status_code == 302
    page = manager.post(reverse("clinic_facts"), {"name": "", "phone": "12"})
    assert page.status_code == 422
    assert "Enter it: patients read it" in page.content.decode()
    assert ClinicFacts.objects.get().name == "Harbor"


# --- The upgrade ----------------------------------------------------------------------------------

COPY = importlib.import_module("clinic.migrations.0021_copy_clinic_facts").copy


@pytest.mark.django_db
def test_the_upgrade_copies_the_environment_once_and_says_so(monkeypatch: Any, capsys: Any) -> None:
    # An upgrade meets no service that nobody entered.
    Service.objects.update(is_active=False)
    monkeypatch.setenv("CLINIC_NAME", "Harbor Physical Therapy")
    monkeypatch.setenv("CLINIC_PHONE", "(978) 555-0133")
    COPY(apps, None)
    row = ClinicFacts.objects.get()
    assert (row.name, row.phone) == ("Harbor Physical Therapy", "+19785550133")
    # What was not set stays empty: nothing of the sample clinic.
    assert (row.mail_name, row.address, row.crisis_line, row.zone) == ("", "", "", "")
    assert row.opened_at is None
    said = capsys.readouterr().out
    assert "Copied into the clinic's facts: CLINIC_NAME, CLINIC_PHONE." in said


@pytest.mark.django_db
def test_an_installation_that_sells_counts_as_open_and_keeps_its_zone(capsys: Any) -> None:
    Service.objects.filter(code="evaluation").update(is_active=True, price_cents=22_500)
    COPY(apps, None)
    row = ClinicFacts.objects.get()
    assert row.opened_at is not None
    assert row.zone == "America/New_York"
    assert "the clinic counts as open" in capsys.readouterr().out


def test_old_variables_are_named_and_not_read(monkeypatch: Any) -> None:
    monkeypatch.setenv("CLINIC_PHONE", "978-555-0133")
    # `screen` reads this one, where there is no database.
    monkeypatch.setenv("CLINIC_TIME_ZONE", "America/Denver")
    (warning,) = no_variable_is_ignored()
    assert warning.msg == "CLINIC_PHONE is no longer read."


def test_a_broken_file_is_no_reason_to_stop(real_facts: None) -> None:
    facts_file().parent.mkdir(parents=True, exist_ok=True)
    facts_file().write_text("{")
    facts._KNOWN.read = lambda: None
    assert clinic_facts() == PracticeFacts()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    ["http://pay.example/clinic", "javascript:alert(1)", "pay", "https://", "https://" + "a" * 300],
)
def test_an_address_to_pay_at_begins_with_https(real_facts: None, address: str) -> None:
    manager = client_for(make_manager())
    answer = manager.post(reverse("clinic_facts"), {**TYPED, "payment_link": address})
    assert answer.status_code == 422
    assert ClinicFacts.objects.filter(payment_link="").count() == ClinicFacts.objects.count()


@pytest.mark.django_db
def test_what_stands_on_receipts_is_entered_on_screen(real_facts: None) -> None:
    manager = client_for(make_manager())
    given = {
        "tax_number": "12-3456789",
        "provider_number": "1234567893",
        "payment_link": "https://pay.example/clinic?shop=1",
    }
    assert manager.post(reverse("clinic_facts"), {**TYPED, **given}).status_code == 302
    facts = ClinicFacts.objects.get()
    assert {name: getattr(facts, name) for name in given} == given


@pytest.mark.django_db(transaction=True)
def test_a_full_disk_leaves_no_half_file(real_facts: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*names: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(facts_module.os, "replace", no_room)
    manager = client_for(make_manager())
    assert manager.post(reverse("clinic_facts"), TYPED).status_code == 302
    assert list(facts_file().parent.glob(".clinic-*")) == []
    assert ClinicFacts.objects.get().name == "Harbor Physical Therapy"
