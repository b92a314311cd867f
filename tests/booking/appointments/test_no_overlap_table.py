"""NoOverlap on a table of its own: changes of the table, odd rows, races, migrations."""

from collections.abc import Generator
from datetime import timedelta
from typing import Any

import pytest
from django.apps.registry import Apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking.constraints import NoOverlap, violated
from tests.constraints import refusal
from tests.factories import NOW
from tests.racing import race

pytestmark = pytest.mark.promises

HOUR = timedelta(hours=1)
# A declaration with a plainer table, to change the table itself.
FREE = NoOverlap(
    name="keeper_free",
    within=("owner",),
    range=("begins", "ends"),
    condition=Q(status__in=["held", "it's on"]),
    violation_error_message="Taken.",
    violation_error_code="overlap",
)


def make_model(*constraints: NoOverlap) -> type[models.Model]:
    """Make a model outside the product's own, with the table yet to be made."""
    meta = {"app_label": "booking", "apps": Apps(), "db_table": "booking_scratch"}
    fields = {
        "owner": models.IntegerField(null=True),
        "status": models.CharField(max_length=10, default="held"),
        "begins": models.DateTimeField(null=True),
        "ends": models.DateTimeField(null=True),
        "Meta": type("Meta", (), {**meta, "constraints": constraints}),
        "__module__": __name__,
    }
    return type("Scratch", (models.Model,), fields)


def alter_status(model: type[models.Model]) -> None:
    """Widen a column: on SQLite that makes a new table and drops the old one."""
    wider = models.CharField(max_length=20, default="held")
    wider.set_attributes_from_name("status")
    wider.model = model
    with connection.schema_editor() as editor:
        editor.alter_field(model, model._meta.get_field("status"), wider)


@pytest.fixture
def scratch(transactional_db: None) -> Generator[Any, None, None]:
    model = make_model(FREE)
    with connection.schema_editor() as editor:
        editor.create_model(model)
    yield model
    with connection.schema_editor() as editor:
        editor.delete_model(model)


def row(model: Any, begins: int | None, ends: int | None, owner: int | None = 1, **fields) -> Any:
    hours = [None if hour is None else NOW + hour * HOUR for hour in (begins, ends)]
    return model(owner=owner, begins=hours[0], ends=hours[1], **fields)


def test_it_survives_a_change_of_the_table(scratch):
    row(scratch, 0, 2).save()
    for _ in range(2):
        alter_status(scratch)
        assert refusal(row(scratch, 1, 3).save) == "keeper_free"
        assert refusal(row(scratch, 1, 3, status="it's on").save) == "keeper_free"
    assert refusal(row(scratch, 2, 3).save) == "done"


def test_a_migration_can_take_it_away_and_put_it_on_rows_that_meet_it(scratch):
    with_it, without_it = make_model(FREE), make_model()
    row(scratch, 0, 2).save()
    with connection.schema_editor() as editor:
        editor.remove_constraint(without_it, FREE)
    wrong = row(scratch, 1, 3)
    assert refusal(wrong.save) == "done"
    with pytest.raises(IntegrityError) as refused, connection.schema_editor() as editor:
        editor.add_constraint(with_it, FREE)
    assert violated(refused.value) == "keeper_free"
    wrong.delete()
    with connection.schema_editor() as editor:
        editor.add_constraint(with_it, FREE)
    assert refusal(row(scratch, 1, 3).save) == "keeper_free"


@pytest.mark.parametrize(
    "missing", [(None, 3, 1), (0, None, 1), (0, 3, None), (1, 1, 1), (3, 0, 1)]
)
def test_a_row_with_a_null_or_without_length_overlaps_nothing(scratch, missing):
    begins, ends, owner = missing
    row(scratch, 0, 3).save()
    odd = row(scratch, begins, ends, owner)
    odd.validate_constraints()
    assert refusal(odd.save) == "done"
    row(scratch, 5, 6).save()


hours = st.tuples(st.integers(0, 8), st.integers(1, 8)).map(lambda pair: (pair[0], sum(pair)))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(hours, st.sampled_from([1, 2]), st.booleans()), max_size=6))
def test_it_refuses_exactly_what_overlaps(scratch, wanted):
    scratch.objects.all().delete()
    stored: list[tuple[int, int, int]] = []
    for (begins, ends), owner, takes_part in wanted:
        clash = takes_part and any(owner == k and begins < e and b < ends for b, e, k in stored)
        new = row(scratch, begins, ends, owner, status="held" if takes_part else "gone")
        if clash:
            with pytest.raises(ValidationError):
                new.validate_constraints()
        else:
            new.validate_constraints()
        assert refusal(new.save) == ("keeper_free" if clash else "done")
        if takes_part and not clash:
            stored.append((begins, ends, owner))


def test_of_many_at_the_same_moment_one_gets_it(scratch):
    results = race(8, lambda _: row(scratch, 0, 1).save())
    assert sum(result is None for result in results) == 1
    assert scratch.objects.count() == 1


def test_it_is_rebuilt_from_a_migration_and_equal_only_to_the_same():
    path, args, kwargs = FREE.deconstruct()
    assert (path, args) == ("booking.constraints.NoOverlap", ())
    assert NoOverlap(**kwargs) == FREE
    assert hash(NoOverlap(**kwargs)) == hash(FREE)
    for changed in ({"within": ()}, {"range": ("ends", "begins")}, {"condition": Q(owner=1)}):
        assert NoOverlap(**{**kwargs, **changed}) != FREE
    assert FREE != "keeper_free"
