"""Sealed fields: unreadable in the database, and refused if moved or altered."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import FieldError
from django.db import connection

from booking.models import Referral
from clinic.database.sealed import SealBroken
from clinic.management.sample.bulk_insert import insert_rows
from clinic.models import KeptForm
from intake.models import Flag, Intake
from intake.triage.rules import CHECKIN_RULES, INTAKE_RULES
from tests.factories import make_patient

NOW = datetime(2027, 2, 1, 14, tzinfo=UTC)
SECRET = {"care.note": "canary-word-7f3"}

pytestmark = [pytest.mark.django_db, pytest.mark.promises]


def make_draft(*, email: str = "a@example.test") -> Intake:
    return Intake.objects.create(
        patient=make_patient(email=email),
        questionnaire_version="1",
        raw=SECRET,
        started_at=NOW,
        saved_at=NOW,
    )


def stored(intake: Intake) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT raw FROM intake_intake WHERE id = %s", [_db_id(intake)])
        return cursor.fetchone()[0]


def _db_id(intake: Intake) -> object:
    return Intake._meta.pk.get_db_prep_value(intake.pk, connection)


def write(intake: Intake, text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE intake_intake SET raw = %s WHERE id = %s", [text, _db_id(intake)])


def test_what_is_stored_cannot_be_read_and_comes_back_whole() -> None:
    intake = make_draft()
    assert "canary" not in stored(intake)
    assert Intake.objects.get(pk=intake.pk).raw == SECRET


def test_saving_again_without_reading_keeps_the_content() -> None:
    Intake.objects.get(pk=make_draft().pk).save()
    assert Intake.objects.get().raw == SECRET


def test_none_is_stored_as_null() -> None:
    assert Intake.objects.get(pk=make_draft().pk).answers is None


def test_a_value_moved_to_another_row_is_refused() -> None:
    first, second = make_draft(), make_draft(email="b@example.test")
    write(second, stored(first))
    with pytest.raises(SealBroken):
        _ = Intake.objects.get(pk=second.pk).raw


def test_an_altered_value_is_refused() -> None:
    intake = make_draft()
    text = stored(intake)
    write(intake, text[:-6] + ("AAAAAA" if text[-6:] != "AAAAAA" else "BBBBBB"))
    with pytest.raises(SealBroken):
        _ = Intake.objects.get(pk=intake.pk).raw


def test_an_older_key_decrypts_and_after_a_lost_key_nothing_does(settings) -> None:  # type: ignore[no-untyped-def]
    intake, old = make_draft(), list(settings.FIELD_KEYS)
    new = Fernet.generate_key().decode()
    settings.FIELD_KEYS = [new, *old]
    assert Intake.objects.get(pk=intake.pk).raw == SECRET
    settings.FIELD_KEYS = [new]
    with pytest.raises(SealBroken):
        _ = Intake.objects.get(pk=intake.pk).raw


def test_a_queryset_update_cannot_store_plain_text() -> None:
    make_draft()
    with pytest.raises(TypeError):
        Intake.objects.update(raw=SECRET)


def test_comparing_a_sealed_value_raises_instead_of_finding_nothing() -> None:
    make_draft()
    for query in ({"raw": SECRET}, {"answers": None}, {"raw__contains": "canary"}):
        with pytest.raises(FieldError):
            Intake.objects.filter(**query)
    assert Intake.objects.filter(answers__isnull=True).exists()


def test_the_length_tells_neither_yes_from_no_nor_one_rule_from_another() -> None:
    field, key = Referral._meta.get_field("needs_pessary_fitting"), uuid4()
    assert len({len(field.sealed(said, Referral, key)) for said in (True, False)}) == 1
    field = Flag._meta.get_field("rule")
    rules = [rule.id for rule in (*INTAKE_RULES, *CHECKIN_RULES)]
    assert len({len(field.sealed(rule, Flag, key)) for rule in rules}) == 1


def test_rows_inserted_in_bulk_are_each_sealed_for_themselves() -> None:
    like = KeptForm(person="user:1", content={"said": "canary"}, kept_at=NOW)
    keys = [uuid4(), uuid4()]
    assert insert_rows(like, [{"id": keys[0]}, {"id": keys[1], "content": {"own": 2}}]) == 2
    first, second = (KeptForm.objects.get(pk=key) for key in keys)
    assert (first.content, second.content) == ({"said": "canary"}, {"own": 2})
