"""An installation that moves to epochs: links that were mailed before live on."""

from importlib import import_module

import pytest
from django.apps import apps
from django.utils import timezone

from clinic.models.links import AccessLink
from clinic.security.private_links import alive
from tests.factories import make_patient

pytestmark = [pytest.mark.django_db, pytest.mark.promises]


def test_links_mailed_before_are_taken_as_given_to_the_present_address() -> None:
    kept = make_patient(email="Kept@example.test", epoch=3)
    merged = make_patient(email="merged@example.test", merged_into=kept)
    for number, (purpose, patient) in enumerate(
        [("manage_visit", kept), ("unsubscribe", kept), ("manage_visit", merged)]
    ):
        AccessLink.objects.create(
            purpose=purpose, about="x", patient=patient, token_hash=str(number)
        )
    import_module("clinic.migrations.0014_ownership").take_over(apps, None)
    rows = AccessLink.objects.order_by("token_hash").values_list("given_to", "epoch")
    assert list(rows) == [
        ("kept@example.test", 3), ("kept@example.test", None), ("merged@example.test", 3),
    ]  # fmt: skip
    assert alive(now=timezone.now()).count() == 3
