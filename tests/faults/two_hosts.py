"""Two web hosts, three workers and two clocks on one database: nothing is lost, nothing doubled.

`./dev proof faults` runs it.
"""

import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest
from django.conf import settings as project
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from booking.models import Appointment
from booking.scheduling.slot_choices import TimeChoice
from clinic.database.clock import database_now
from clinic.messages.outbox import owe
from clinic.models.messages import Email
from clinic.models.practice import ClinicFacts
from clinic.operations import processes
from clinic.security.access import SESSION_PATIENT
from tests.celery_processes import CeleryProcess, current_database_url
from tests.factories import make_clinician, make_manager, make_offer, make_patient, make_referral
from tests.faults.smtp_sink import Sink
from tests.races.test_one_slot import offered
from tests.racing import race
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

SLOTS, MAILS = 5, 30
TOKEN = "a" * 32


class NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


@dataclass(frozen=True)
class Answer:
    status: int
    location: str


class Host:
    """A web host: gunicorn with two processes and a folder of its own, on the test's database."""

    def __init__(self, folder: Path, sink: Sink) -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            command = [sys.executable, "-m", "gunicorn", "clinic.wsgi", "--bind"]
            command += [f"fd://{listener.fileno()}", "--config", "python:clinic.operations.server"]
            self.process = processes.start(
                command,
                cwd=project.BASE_DIR,
                env={
                    **os.environ,
                    "DATABASE_URL": current_database_url(),
                    "EMAIL_URL": sink.url,
                    "RUN_READY_VAR": str(folder),
                    # What the operator gives to each host alike.
                    "SECRET_KEY": project.SECRET_KEY,
                    "FIELD_KEYS": ",".join(project.FIELD_KEYS),
                    "DIGEST_KEY": ",".join(project.DIGEST_KEYS),
                },
                pass_fds=[listener.fileno()],
                stdout=(folder.parent / f"{folder.name}.log").open("w"),
                stderr=subprocess.STDOUT,
            )
        wait_until(lambda: self.ask("/health/live").status == 200)

    def ask(self, path: str, session: str = "", **posted: str) -> Answer:
        """Ask for a page or post a form in this session; return what was answered."""
        data = urlencode({**posted, "csrfmiddlewaretoken": TOKEN}).encode() if posted else None
        cookies = f"csrftoken={TOKEN}; sessionid={session}" if session else f"csrftoken={TOKEN}"
        request = Request(f"{self.url}{path}", data, {"Cookie": cookies})
        try:
            answer = build_opener(NoRedirects).open(request, timeout=120)
        except HTTPError as refusal:
            return Answer(refusal.code, refusal.headers.get("Location", ""))
        except OSError:
            return Answer(0, "")
        return Answer(answer.status, "")


@pytest.fixture
def hosts(
    sink: Sink, celery_process: Callable[..., CeleryProcess], tmp_path: Path
) -> Iterator[list[Host]]:
    """Yield two web hosts, beside which three workers and two clocks run."""
    # Before they start: another machine's change reaches them after half a minute.
    ClinicFacts.objects.update_or_create(
        pk=ClinicFacts.ONLY, defaults={"opened_at": timezone.now(), "zone": "America/New_York"}
    )
    running = [Host(tmp_path / name, sink) for name in ("first", "second")]
    for kind, count in (("worker", 3), ("beat", 2)):
        for _ in range(count):
            celery_process(kind, EMAIL_URL=sink.url)
    yield running
    processes.stop([one.process for one in running])


def session_of(number: int) -> str:
    """Return the key of a session of a patient who may book an evaluation."""
    patient = make_patient(email=f"racer{number}@example.test", proven_at=timezone.now())
    make_referral(patient=patient, now=timezone.now() - timedelta(days=2))
    client = Client()
    session = client.session
    session[SESSION_PATIENT] = str(patient.pk)
    session.save()
    return client.cookies["sessionid"].value


def arrived_twice(sink: Sink) -> set[str]:
    return {one for one, times in Counter(sink.ids()).items() if times > 1}


def waiting() -> QuerySet[Email]:
    """Return the mails that are due by now and have not gone."""
    return Email.objects.filter(status__in=("due", "claimed"), next_try_at__lte=database_now())


def test_bookings_and_mails_of_two_hosts_are_neither_lost_nor_doubled(
    hosts: list[Host], sink: Sink
) -> None:
    make_offer()
    make_clinician()
    manager = make_manager()
    for number in range(MAILS):
        owe(kind="staff_look", about=f"test:{number}", user=manager, due_at=database_now())
    sessions = [session_of(number) for number in range(2 * SLOTS)]
    # Far enough apart that none is in the way of the next.
    chosen = offered(timezone.now())[::12][:SLOTS]
    values = [TimeChoice(one.starts_at, int(one.clinician_id), "").value for one in chosen]
    assert len(values) == SLOTS

    # Two patients want each time, one on each host.
    held = race(
        2 * SLOTS,
        lambda n: hosts[n % 2].ask("/book/evaluation/keep/", sessions[n], slot=values[n // 2]),
    )
    assert sorted(one.status for one in held) == [302] * SLOTS + [409] * SLOTS, held
    winners = [number for number, one in enumerate(held) if one.status == 302]
    # Each of them presses twice, and the two presses reach different hosts.
    pressed = race(
        2 * SLOTS,
        lambda n: hosts[n % 2].ask(
            held[winners[n // 2]].location, sessions[winners[n // 2]], exam_wish="talk"
        ),
    )
    assert all(one.status < 500 and one.status for one in pressed), pressed
    assert Appointment.objects.filter(status="booked").count() == SLOTS
    assert Appointment.objects.count() == SLOTS

    wait_until(lambda: not waiting().exists())
    confirmed = Email.objects.filter(kind="confirmation", status="sent")
    assert confirmed.count() == confirmed.values("patient").distinct().count() == SLOTS
    sent = set(Email.objects.filter(status="sent").values_list("message_id", flat=True))
    assert set(sink.ids()) == sent
    assert len(sent) >= MAILS + SLOTS
    assert arrived_twice(sink) == set()

    # Control: a row that is due once more is seen to arrive twice.
    again = confirmed.first()
    assert again is not None
    Email.objects.filter(pk=again.pk).update(status="due", next_try_at=database_now())
    wait_until(lambda: arrived_twice(sink) == {again.message_id})
