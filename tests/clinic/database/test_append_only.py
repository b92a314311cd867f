"""AppendOnly: rows cannot be changed, except while `lifted` takes the triggers away."""

from collections.abc import Generator
from typing import Any

import pytest
from django.apps.registry import Apps
from django.core.exceptions import ValidationError
from django.db import connection, models

from booking.models import LedgerEntry
from clinic.database.append_only import AppendOnly, lifted, missing_triggers
from clinic.models.audit import AuditEvent
from tests.constraints import refusal
from tests.factories import NOW, make_enrollment, make_offer, make_patient, make_referral

pytestmark = pytest.mark.promises


def make_event() -> AuditEvent:
    return AuditEvent.objects.create(at=NOW, actor="system", role="system", action="looked")


def make_entry() -> LedgerEntry:
    make_offer()
    patient = make_patient()
    enrollment = make_enrollment(patient=patient, referral=make_referral(patient=patient))
    return enrollment.ledger.get()


def run_sql(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("make", "name"), [(make_event, "audit_append_only"), (make_entry, "ledger_append_only")]
)
def test_a_row_is_written_once(make, name):
    written = make()
    table = type(written).objects
    assert refusal(written.save) == name
    assert refusal(written.delete) == name
    assert refusal(lambda: table.update(at=NOW)) == name
    assert refusal(lambda: table.all().delete()) == name
    assert refusal(lambda: run_sql(f"DELETE FROM {written._meta.db_table}")) == name  # noqa: S608
    if connection.vendor == "postgresql":
        connection.check_constraints()
        assert refusal(lambda: run_sql(f"TRUNCATE {written._meta.db_table} CASCADE")) == name
    assert table.get() == written


@pytest.mark.django_db
def test_validation_refuses_a_stored_row():
    event = make_event()
    with pytest.raises(ValidationError):
        event.validate_constraints()
    AuditEvent(at=NOW, actor="system", role="system", action="looked").validate_constraints()


@pytest.mark.django_db
def test_the_triggers_can_be_lifted_also_right_after_writing():
    event, entry = make_event(), make_entry()
    assert missing_triggers() == []
    with lifted():
        assert missing_triggers() != []
        event.delete()
        entry.delete()
        last = make_event()
    assert missing_triggers() == []
    assert AuditEvent.objects.get() == last
    assert refusal(last.delete) == "audit_append_only"


@pytest.mark.django_db(transaction=True)
def test_an_error_while_they_are_lifted_changes_nothing_and_leaves_them_in_place():
    event = make_event()

    def fail_half_way():
        with lifted():
            event.delete()
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        fail_half_way()
    assert missing_triggers() == []
    assert AuditEvent.objects.count() == 1


@pytest.mark.django_db
def test_a_trigger_that_somebody_dropped_is_reported_as_missing():
    if connection.vendor == "postgresql":
        run_sql("DROP TRIGGER audit_append_only ON clinic_auditevent")
        run_sql("ALTER TABLE booking_ledgerentry DISABLE TRIGGER ledger_append_only")
        assert missing_triggers() == ["audit_append_only", "ledger_append_only"]
    else:
        run_sql("DROP TRIGGER audit_append_only_delete")
        run_sql("DROP TRIGGER ledger_append_only_update")
        assert missing_triggers() == ["audit_append_only_delete", "ledger_append_only_update"]


# --- On a table of its own ------------------------------------------------------------------------

ONCE = AppendOnly(name="scratch_append_only")


def make_model(*constraints: AppendOnly) -> type[models.Model]:
    """Return a model that is not one of the product, without its table."""
    meta = {"app_label": "clinic", "apps": Apps(), "db_table": "clinic_scratch"}
    fields = {
        "what": models.CharField(max_length=10),
        "Meta": type("Meta", (), {**meta, "constraints": constraints}),
        "__module__": __name__,
    }
    return type("Scratch", (models.Model,), fields)


@pytest.fixture
def scratch(transactional_db: None) -> Generator[Any, None, None]:
    model = make_model(ONCE)
    with connection.schema_editor() as editor:
        editor.create_model(model)
    yield model
    with connection.schema_editor() as editor:
        editor.delete_model(model)


def test_it_survives_a_change_of_the_table(scratch):
    written = scratch.objects.create(what="seen")
    wider = models.CharField(max_length=20)
    wider.set_attributes_from_name("what")
    wider.model = scratch
    with connection.schema_editor() as editor:
        editor.alter_field(scratch, scratch._meta.get_field("what"), wider)
    assert refusal(written.save) == refusal(written.delete) == "scratch_append_only"


def test_a_migration_can_remove_it_and_add_it_again(scratch):
    written = scratch.objects.create(what="seen")
    with connection.schema_editor() as editor:
        editor.remove_constraint(make_model(), ONCE)
    assert refusal(written.save) == "done"
    with connection.schema_editor() as editor:
        editor.add_constraint(make_model(ONCE), ONCE)
    assert refusal(written.save) == "scratch_append_only"


def test_it_is_rebuilt_from_a_migration_and_equal_only_to_the_same():
    path, args, kwargs = ONCE.deconstruct()
    assert (path, args) == ("clinic.database.append_only.AppendOnly", ())
    assert AppendOnly(**kwargs) == ONCE
    assert AppendOnly(name="other") != ONCE
