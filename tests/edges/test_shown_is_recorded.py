"""No page of staff shows a patient without an event with her id: every patient is a canary."""

import re
from collections import defaultdict
from itertools import count
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.audit import shown
from clinic.models.audit import AuditEvent
from clinic.models.people import Patient
from intake.models import Intake
from tests.cast import client_for
from tests.edges.crawling import crawl, kind_of
from tests.journeys.test_long_values import MOST, PAGES, starts_of
from tests.long_values import make_long_clinic

pytestmark = pytest.mark.django_db

CANARY = re.compile(r"zq\d+qz|(?<=/review/)[0-9a-f-]{36}(?=/)")
# Parts of a page, to which no link leads.
PARTS = {"manager": ["desk_beside", "staff_waits"], "clinician": ["staff_waits"]}
# Pages on which at least one patient must have been seen, or the test would prove nothing.
SHOWING = {
    "manager": {
        *("checkins_due", "desk_appointment", "desk_beside", "desk_contact", "desk_day_on"),
        *("desk_emergency_contact", "desk_intake", "desk_join", "desk_list", "desk_mails"),
        *("desk_move", "desk_new", "desk_note", "desk_package", "desk_patient", "desk_patients"),
        *("desk_plan", "desk_receipt", "desk_record", "desk_waitlist", "desk_waitlist_add"),
        "desk_week",
        *("front_desk_checkin", "match", "match_pair", "task", "task_list"),
    },
    "clinician": {
        *("checkins_due", "concern", "front_desk_checkin", "review_case", "review_day"),
        *("review_flag", "review_queue", "review_take_over", "task", "task_list", "visit_record"),
        "hand_over",
    },
}
FILES = {
    "manager": {"audit_log_file", "desk_list_file", "desk_mails_file", "reports_csv"},
    "clinician": {"case_fhir"},
}
# Files with nothing about anybody.
OF_NOBODY = {"heard_from_qr", "moving_in_template"}


def name_canaries() -> dict[str, str]:
    """Give each patient a name and an e-mail that nobody else has; return word to id."""
    found = {}
    for number, key in enumerate(Patient.objects.values_list("pk", flat=True)):
        word = f"zq{number}qz"
        Patient.objects.filter(pk=key).update(
            name=f"{word.capitalize()} Example", email=f"{word}@example.test"
        )
        found[word] = str(key)
    # A list of cases has initials only: she is known by the link to her case.
    cases = Intake.objects.values_list("pk", "patient_id")
    return found | {str(case): str(patient) for case, patient in cases}


class Watch:
    """Looks at every answer, of whatever status: who is on it, and for whom it left an event.

    A file needs an event that says that it left.
    """

    def __init__(self, actor: str, canaries: dict[str, str]) -> None:
        self.actor, self.canaries = actor, canaries
        self.showing: set[str] = set()
        self.files: set[str] = set()
        self.silent: dict[str, int] = defaultdict(int)

    def look(self, before: int, answer: Any) -> None:
        events = AuditEvent.objects.filter(pk__gt=before, allowed=True, actor=self.actor)
        kind = kind_of(answer.request["PATH_INFO"]) or "?"
        if "attachment" in answer.get("Content-Disposition", "") and kind not in OF_NOBODY:
            self.files.add(kind)
            if not events.filter(action__startswith="export").exists():
                self.silent[kind] += 1
        if answer.streaming or not answer["Content-Type"].startswith("text/html"):
            return
        drawn = {self.canaries[one] for one in CANARY.findall(answer.content.decode().lower())}
        if drawn:
            self.showing.add(kind)
        if left := drawn - set(events.values_list("patient", flat=True)):
            self.silent[kind] += len(left)


@pytest.mark.long
@pytest.mark.parametrize("role", PAGES)
def test_whoever_is_on_a_page_of_staff_has_an_event(
    role: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LIMITS = dict.fromkeys(settings.LIMITS, (1_000_000, 600))
    make_long_clinic()
    user, starts = starts_of(role)
    watch = Watch(f"user:{user.pk}", name_canaries())
    # Each request in a quarter of an hour of its own, so that each is judged by itself.
    quarters, request = count(), Client.request
    monkeypatch.setattr(shown, "quarter_of", lambda now: str(next(quarters)))

    def watched(client: Client, **environ: Any) -> Any:
        before = AuditEvent.objects.latest("pk").pk
        answer = request(client, **environ)
        watch.look(before, answer)
        return answer

    client = client_for(user)
    monkeypatch.setattr(Client, "request", watched)
    for address in (*starts, *(reverse(name) for name in PARTS[role])):
        client.get(address)
    for _page in crawl(client, starts, MOST[role]):
        pass
    if role == "manager":
        client.post(reverse("desk_patients"), {"q": "zq1qz"}, follow=True)
    assert ", ".join(f"{kind} {number}" for kind, number in sorted(watch.silent.items())) == ""
    assert sorted(SHOWING[role] - watch.showing) == []
    assert sorted(FILES[role] - watch.files) == []
