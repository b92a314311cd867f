"""The outbox: mail is owed once, withdrawn, rendered, sent to a folder, stopped by a patient."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command
from django.db import transaction
from django.test import Client

from clinic.messages.delivery.folder import path_of, sent_text
from clinic.messages.delivery.sending import send_due
from clinic.messages.health_words import health_words, mail_says_no_health_word
from clinic.messages.outbox import owe, withdraw
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email
from clinic.models.people import Patient
from clinic.security.private_links import issue
from tests.factories import NOW, make_manager, make_patient

pytestmark = pytest.mark.django_db


# --- Owing --------------------------------------------------------------------------------------


@pytest.mark.promises
def test_owing_the_same_mail_again_owes_it_once() -> None:
    user = make_manager()
    first = owe(kind="staff_look", about="a", user=user, due_at=NOW)
    again = owe(kind="staff_look", about="a", user=user, due_at=NOW + timedelta(days=1))
    assert again.pk == first.pk
    assert Email.objects.get().due_at == NOW
    owe(kind="staff_look", about="a", rev=1, user=user, due_at=NOW)
    assert Email.objects.count() == 2


@pytest.mark.promises
def test_an_action_that_fails_owes_nothing() -> None:
    user = make_manager()
    with suppress(RuntimeError), transaction.atomic():
        owe(kind="staff_look", about="a", user=user, due_at=NOW)
        raise RuntimeError
    assert not Email.objects.exists()


@pytest.mark.promises
def test_only_waiting_mail_is_withdrawn() -> None:
    user = make_manager()
    for kind in ("staff_look", "other"):
        owe(kind=kind, about="a", user=user, due_at=NOW)
    owe(kind="staff_look", about="b", user=user, due_at=NOW)
    Email.objects.filter(about="b").update(about="a", rev=1, status="sent", sent_at=NOW)
    assert withdraw(about="a", reason="gone", kinds=["other"]) == 1
    assert withdraw(about="a", reason="gone") == 1
    assert withdraw(about="a", reason="again") == 0
    assert set(Email.objects.values_list("status", "reason")) == {("skipped", "gone"), ("sent", "")}


# --- The kinds of the clinic app ------------------------------------------------------------------


def test_a_code_is_sent_once_and_then_erased() -> None:
    user = make_manager()
    until = NOW + timedelta(minutes=10)
    code = {"code": "482913"}
    owe(kind="sign_in_code", about="c", user=user, due_at=NOW, useless_after=until, payload=code)
    assert send_due(now=NOW) == 1
    (message,) = mail.outbox
    assert "482913" in message.body
    assert "482913" in str(message.alternatives[0][0])
    assert "482913" not in message.subject
    assert Email.objects.get().payload is None


def test_an_expired_code_is_not_sent_and_erased_too() -> None:
    until = NOW + timedelta(minutes=10)
    owe(
        kind="sign_in_code", about="c", user=make_manager(), due_at=NOW, useless_after=until,
        payload={"code": "482913"},
    )  # fmt: skip
    assert send_due(now=until) == 0
    row = Email.objects.get()
    assert (row.status, row.reason, row.payload) == ("skipped", "too_late", None)


def test_a_user_whose_access_was_closed_gets_no_mail() -> None:
    user = make_manager()
    owe(kind="staff_look", about="a", user=user, due_at=NOW)
    user.is_active = False
    user.save()
    assert send_due(now=NOW) == 0
    assert Email.objects.get().reason == "no_access"


def test_the_command_sends_what_is_due(capsys: pytest.CaptureFixture[str]) -> None:
    owe(kind="staff_look", about="a", user=make_manager(), due_at=NOW - timedelta(days=365))
    call_command("send_due")
    assert capsys.readouterr().out == "1 sent\n"


# --- The folder ---------------------------------------------------------------------------------


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.EMAIL_BACKEND = "clinic.messages.delivery.folder.FolderBackend"
    settings.MAIL_DIR = tmp_path / "mail"
    return settings.MAIL_DIR


def test_a_mail_in_the_folder_is_a_whole_message_that_staff_can_read(folder: Path) -> None:
    email = owe(kind="staff_look", about="a", user=make_manager(), due_at=NOW)
    assert sent_text(email) is None
    assert send_due(now=NOW) == 1
    email.refresh_from_db()
    (path,) = folder.iterdir()
    assert path.name == f"{email.pk}.eml"
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert message["Message-ID"] == email.message_id
    assert message.get_body(("html",)) is not None
    assert "Please sign in and look now." in (sent_text(email) or "")


@pytest.mark.parametrize("name", ["<../../etc/passwd@x>", "<a/b\\c:d@x>", "<@x>", "", "<..@x>"])
def test_no_message_id_leads_out_of_the_folder(folder: Path, name: str) -> None:
    path = path_of(name)
    assert path.resolve().parent == folder.resolve()
    assert path.stem.replace("-", "").isalnum()


def test_a_half_written_mail_is_not_in_the_folder(folder: Path, monkeypatch: Any) -> None:
    def full(self: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    email = owe(kind="staff_look", about="a", user=make_manager(), due_at=NOW)
    assert send_due(now=NOW) == 0
    assert not list(folder.glob("*.eml"))
    email.refresh_from_db()
    assert email.status == "due"


# --- Stopping reminders ---------------------------------------------------------------------------


def link_of(patient: Patient) -> str:
    about = f"patient:{patient.pk}"
    url = issue(purpose="unsubscribe", about=about, patient=patient, expires_at=None)
    return url.partition("8000")[2]


def is_reminded(patient: Patient) -> bool:
    patient.refresh_from_db()
    return patient.no_reminders_since is None


@pytest.mark.promises
def test_opening_the_link_changes_nothing_but_the_buttons_do() -> None:
    patient, client = make_patient(), Client()
    for _ in range(10):
        page = client.get(link_of(patient), follow=True)
        assert client.head(link_of(patient)).status_code == 302
    assert page.status_code == 200
    assert is_reminded(patient)

    address = page.redirect_chain[-1][0]
    stopped = client.post(address, {"reminders": "off"}, follow=True)
    assert b"no more reminders" in stopped.content
    assert not is_reminded(patient)
    client.post(address, {"reminders": "on"})
    assert is_reminded(patient)
    actions = AuditEvent.objects.filter(patient=str(patient.pk)).values_list("action", flat=True)
    assert list(actions) == ["reminders off", "reminders on"]


@pytest.mark.promises
def test_reminders_stop_for_the_address_on_every_row_that_has_it() -> None:
    same, again = make_patient(), make_patient(email="Patient@example.test", name="Twice Here")
    other = make_patient(email="other@example.test")
    nameless = make_patient(email="")
    client = Client()
    address = client.get(link_of(same))["Location"]
    client.post(address, {"reminders": "off"})
    assert [is_reminded(one) for one in (same, again, other, nameless)] == [0, 0, 1, 1]
    client.post(address, {"reminders": "on"})
    assert is_reminded(again)


@pytest.mark.parametrize("posted", [{}, {"reminders": "maybe"}, {"reminders": ["x", "y"]}])
def test_an_unknown_choice_changes_nothing(posted: dict[str, Any]) -> None:
    patient, client = make_patient(), Client()
    address = client.get(link_of(patient))["Location"]
    assert client.post(address, posted).status_code == 302
    assert is_reminded(patient)


def test_nobody_can_stop_the_reminders_of_somebody_else() -> None:
    patient, other = make_patient(), make_patient(email="other@example.test")
    client = Client()
    address = client.get(link_of(patient))["Location"]
    anothers = address.replace(str(patient.pk), str(other.pk))
    assert client.get(anothers).status_code == 404
    assert client.post(anothers, {"reminders": "off"}).status_code == 404
    assert Client().post(address, {"reminders": "off"}).status_code == 404
    assert is_reminded(patient)
    assert is_reminded(other)


ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.mark.promises
def test_the_mail_programs_own_button_stops_reminders_without_cookies_or_token() -> None:
    patient = make_patient()
    path = link_of(patient)
    for _ in range(2):
        client = Client(enforce_csrf_checks=True)
        assert client.post(path, ONE_CLICK).status_code == 204
    assert not is_reminded(patient)
    assert AuditEvent.objects.filter(action="reminders off").count() == 1


def test_one_click_is_for_reminders_only() -> None:
    patient = make_patient()
    url = issue(purpose="manage_visit", about="appointment:x", patient=patient, expires_at=None)
    assert Client().post(url.partition("8000")[2], ONE_CLICK).status_code == 405
    assert Client().post(link_of(patient)).status_code == 405
    assert Client().post("/l/unknown", ONE_CLICK).status_code == 404
    assert is_reminded(patient)


# --- Words --------------------------------------------------------------------------------------


def test_the_sample_clinics_own_names_are_neutral() -> None:
    assert mail_says_no_health_word() == []


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("SITE_HOST", "ellpondpelvicpt.example"),
        ("DEFAULT_FROM_EMAIL", "Ell Pond <mail@bladder.example>"),
    ],
)
def test_a_check_warns_of_a_name_with_a_health_word(
    settings: Any, setting: str, value: str
) -> None:
    setattr(settings, setting, value)
    (warning,) = mail_says_no_health_word()
    assert (warning.id, warning.is_serious()) == ("clinic.W001", False)


def test_a_check_warns_of_a_health_word_in_what_mail_calls_the_clinic(
    clinic: Callable[..., None],
) -> None:
    clinic(mail_name="Ell Pond Women’s Health")
    (warning,) = mail_says_no_health_word()
    assert warning.id == "clinic.W001"
    assert "womens, health" in warning.msg


@pytest.mark.parametrize("text", ["Ell Pond", "Appointment 2 of 6", "See you on Tuesday", ""])
def test_plain_words_are_not_health_words(text: str) -> None:
    assert health_words(text) == []


@pytest.mark.parametrize("tail", ["\r\nbcc: evil@example.test", "\nsubject: x"])
def test_an_address_cannot_add_a_header(tail: str) -> None:
    user = make_manager()
    type(user).objects.filter(pk=user.pk).update(email=f"a@example.test{tail}")
    owe(kind="staff_look", about="a", user=user, due_at=NOW)
    assert send_due(now=NOW) == 0
    assert mail.outbox == []
    assert Email.objects.get().reason == "cannot_be_made"


def test_every_mail_is_marked_as_sent_automatically() -> None:
    owe(kind="staff_look", about="a", user=make_manager(), due_at=NOW)
    send_due(now=NOW)
    (message,) = mail.outbox
    assert isinstance(message, EmailMultiAlternatives)
    assert message.message()["Auto-Submitted"] == "auto-generated"
    assert "List-Unsubscribe" not in message.message()
