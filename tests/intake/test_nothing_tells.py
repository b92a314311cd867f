"""Whoever reads the tables learns of no rule, no answer and nothing that was told."""

import pytest
from django.db import connection

from clinic.audit.record import SYSTEM, record
from intake.models import Flag, Task, UrgentCall
from intake.questionnaire.definition import CHECKIN, INTAKE
from intake.triage.rules import ACTIONS, CHECKIN_RULES, INTAKE_RULES
from tests.cast import client_for, make_cast
from tests.intake.review.reviewing import decide, make_intake

pytestmark = [pytest.mark.promises, pytest.mark.django_db]
# Self-harm and a tear: both would stand beside her name.
ANSWERS = {"safety.mind": ["self_harm"], "bg.tear": "severe", "care.note": "canary-note"}


def words() -> set[str]:
    """Return every id of a rule, an action or a question, the note and the reason."""
    rules = {rule.id for rule in (*INTAKE_RULES, *CHECKIN_RULES)}
    asked = {question.id for form in (INTAKE, CHECKIN) for question in form.questions}
    return rules | asked | set(ACTIONS) | {"canary-note", "canary-reason"}


def tables() -> dict[str, str]:
    """Return everything that stands in each table, but for the sessions, as one text."""
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        found = {}
        for name in names:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(name)}")  # noqa: S608
            found[name] = "\n".join(repr(row) for row in cursor.fetchall())
    return found


def test_a_copy_of_the_tables_tells_no_rule_and_no_answer() -> None:
    cast = make_cast()
    intake = make_intake(patient=cast.patient, **ANSWERS)
    client = client_for(cast.clinician.user)
    assert client.get(f"/review/{intake.pk}/").status_code == 200
    assert client.get("/review/").status_code == 200
    record(SYSTEM, "read answers", intake, patient=cast.patient, fields=["safety.mind"])
    reason = "canary-reason"
    assert decide(client, intake, mark="impact_held", reason=reason) == 302
    assert Flag.objects.exists()
    assert UrgentCall.objects.exists()
    assert Task.objects.exists()
    told = {(name, word) for name, text in tables().items() for word in words() if word in text}
    assert told == set()
