"""What each role sees of one patient: answers, notes and reasons are for clinicians."""

from typing import Any

import pytest
from django.test import Client

from tests.cast import client_for, make_cast
from tests.edges.addresses import every_address
from tests.factories import NOW, make_appointment
from tests.intake.review.reviewing import decide, make_intake

pytestmark = pytest.mark.django_db

NOTE, REASON, NAME = "canary-note", "canary-reason", "Pat Example"
ANSWERS = {"safety.mind": ["self_harm"], "bg.tear": "severe", "care.note": NOTE}


def words_in(client: Client, *paths: str) -> set[str]:
    bodies = [client.get(path).content.decode() for path in paths]
    return {word for word in (NOTE, REASON, NAME) if any(word in body for body in bodies)}


def test_only_clinicians_see_answers_notes_and_reasons(settings: Any) -> None:
    settings.LIMITS = dict.fromkeys(settings.LIMITS, (1_000_000, 600))
    cast = make_cast()
    intake = make_intake(patient=cast.patient, **ANSWERS)
    make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=NOW)
    clinician = client_for(cast.clinician.user)
    assert decide(clinician, intake, mark="impact_held", reason=REASON) == 302
    assert words_in(clinician, f"/review/{intake.pk}/") == {NOTE, REASON, NAME}
    everywhere = [at.path for at in every_address()]
    assert words_in(client_for(cast.manager), *everywhere) == {NAME}
    assert words_in(client_for(cast.admin), *everywhere) == set()
