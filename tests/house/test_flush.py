"""The suite may empty append-only tables after a test, but nothing else may."""

import pytest
from django.db import IntegrityError, transaction
from django.test import TransactionTestCase
from django.utils import timezone

from clinic.database.append_only import missing_triggers
from clinic.models.audit import AuditEvent

pytestmark = [pytest.mark.promises, pytest.mark.django_db(transaction=True)]


def make_event() -> AuditEvent:
    return AuditEvent.objects.create(
        at=timezone.now(), actor="system", role="system", action="looked"
    )


def test_the_flush_after_a_test_empties_append_only_tables_and_puts_the_triggers_back():
    make_event()
    TransactionTestCase()._fixture_teardown()
    assert not AuditEvent.objects.exists()
    assert missing_triggers() == []
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEvent.objects.filter(pk=make_event().pk).update(action="never happened")
