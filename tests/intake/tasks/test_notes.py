"""The desk's note for a day: a task of that day, which every clinician and manager sees."""

import re
from collections.abc import Iterator

import pytest
import time_machine

from clinic.models.audit import AuditEvent
from clinic.security.submission_keys import new_key
from intake.models import Task
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW

pytestmark = pytest.mark.django_db
TEXT = "Ask whether the ramp is in place."


@pytest.fixture
def cast() -> Iterator[Cast]:
    with time_machine.travel(NOW, tick=False):
        yield make_cast()


def address(cast: Cast) -> str:
    return f"/desk/patient/{cast.patient.pk}/note/"


def test_a_note_is_due_on_its_day_and_every_member_of_staff_sees_it(cast: Cast) -> None:
    desk = client_for(cast.manager)
    patient_page = f"/desk/patient/{cast.patient.pk}/"
    assert f'action="{address(cast)}"' in desk.get(patient_page).content.decode()
    form = {"text": TEXT, "day": "2027-02-04", "form_key": new_key()}
    for _ in range(2):  # a double click
        assert desk.post(address(cast), form)["Location"] == patient_page
    task = Task.objects.get(kind="desk_note")
    # A Thursday: when the clinic closes, 5 pm in New York.
    assert task.due_at.isoformat() == "2027-02-04T22:00:00+00:00"
    assert task.question == TEXT
    for reader in (cast.manager, cast.clinician.user):
        page = client_for(reader).get("/review/tasks/").content.decode()
        assert TEXT in page
        assert "Note for a day" in page
    assert AuditEvent.objects.filter(action="owe task", patient=str(cast.patient.pk)).count() == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"text": "", "day": "2027-02-04"}, "Write what is to be done"),
        ({"text": TEXT, "day": ""}, "Choose a day"),
        ({"text": TEXT, "day": "2027-01-31"}, "This day is over"),
        ({"text": TEXT, "day": "2028-02-03"}, "within the next year"),
        ({"text": TEXT, "day": "soon"}, "Enter a date"),
        ({"text": "x" * 501, "day": "2027-02-04"}, "at most 500 characters; this has 501"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    cast: Cast, typed: dict[str, str], said: str
) -> None:
    answer = client_for(cast.manager).post(address(cast), typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert typed["text"] in page
    assert not Task.objects.exists()


def test_a_second_note_from_the_same_page_is_asked_about_and_then_stored(cast: Cast) -> None:
    desk, key = client_for(cast.manager), new_key()
    first = {"text": TEXT, "day": "2027-02-04", "form_key": key}
    desk.post(address(cast), first)
    answer = desk.post(address(cast), {**first, "text": "And bring the key."})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "And bring the key." in page
    fresh = re.findall(r'name="form_key" value="([^"]+)"', page)
    assert fresh[0] != key
    desk.post(address(cast), {**first, "text": "And bring the key.", "form_key": fresh[0]})
    assert Task.objects.filter(kind="desk_note").count() == 2
