"""The move of a clinic's visits and terms into versions of Run Ready, on rows of before.

Only the tables of the state before are made, and only the migrations of the move are run.
"""

import uuid
from collections.abc import Callable, Generator
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.db.migrations.loader import MigrationLoader

from booking.constraints import violated

pytestmark = [pytest.mark.promises, pytest.mark.django_db]

APPS = ("contenttypes", "auth", "clinic", "booking")
MOVE = ("0016_packages_as_rows", "0017_first_packages", "0018_checks_against_the_version")
START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
Get = Callable[[str], Any]


@pytest.fixture(scope="module")
def scratch(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Generator[None, None, None]:
    """Let the default connection be one to an empty database of its own."""
    with django_db_blocker.unblock():
        tests = connections["default"]
        name = f"packages_{uuid.uuid4().hex[:8]}"
        if tests.vendor == "sqlite":
            name = str(tmp_path_factory.mktemp("packages") / "packages.sqlite3")
        else:
            with tests.cursor() as cursor:
                cursor.execute(f'CREATE DATABASE "{name}"')
        connections["default"] = type(tests)({**tests.settings_dict, "NAME": name}, "default")
        yield
        connections["default"].close()
        connections["default"] = tests
        if tests.vendor != "sqlite":
            with tests.cursor() as cursor:
                cursor.execute(f'DROP DATABASE "{name}"')


@pytest.fixture(scope="module")
def moved(scratch: None) -> SimpleNamespace:
    """Sell packages as the version before did, and move."""
    connection = connections["default"]
    loader = MigrationLoader(connection)
    before = [key for key in loader.graph.nodes if key[0] == "booking" and key[1] < MOVE[0]]
    state = loader.project_state(max(before))
    with connection.schema_editor() as editor:
        if connection.vendor == "postgresql":
            editor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        for model in state.apps.get_models():
            if model._meta.app_label in APPS and model._meta.managed:
                editor.create_model(model)
    apps = state.apps
    sold = sell(lambda name: apps.get_model("booking", name), apps.get_model)
    for name in MOVE:
        migration = loader.get_migration("booking", name)
        with connection.schema_editor(atomic=migration.atomic) as editor:
            state = migration.apply(state, editor)
    after = state.apps
    return SimpleNamespace(get=lambda name: after.get_model("booking", name), **sold)


def sell(get: Get, get_any: Callable[[str, str], Any]) -> dict[str, Any]:
    """Sell a package on the first terms and one on later ones, each with a visit."""
    get("Service").objects.create(code="evaluation", name="Evaluation", minutes=60)
    for number in range(1, 7):
        get("Service").objects.create(
            code=f"own{number}", name=f"Own {number}", minutes=50, visit_number=number
        )
    user = get_any("clinic", "User").objects.create(email="rosa@example.com", name="Rosa")
    clinician = get_any("clinic", "Clinician").objects.create(name="Rosa", user=user)
    room = get("Room").objects.create(name="Room of then")
    policies = get("Policy").objects
    cheap = policies.create(package_price_cents=99_000, unused_visit_refund_cents=10_000)
    same = policies.create(
        package_price_cents=99_000, unused_visit_refund_cents=10_000, hold_minutes=20
    )
    dear = policies.create(
        package_price_cents=120_000, package_validity_days=200, unused_visit_refund_cents=20_000
    )
    bought = {}
    for name, policy in (("first", cheap), ("second", same), ("third", dear)):
        patient = get_any("clinic", "Patient").objects.create(
            name=name, email=f"{name}@example.com", phone="+15550100", created_at=START
        )
        referral = get("Referral").objects.create(
            patient=patient, level="clear", source="intake", expires_on=date(2026, 6, 1),
            made_at=START,
        )  # fmt: skip
        enrollment = get("Enrollment").objects.create(
            patient=patient, referral=referral, policy=policy,
            price_cents=policy.package_price_cents, first_visit_from=date(2026, 3, 2),
            impact_from=date(2026, 3, 2), enrolled_at=START,
        )  # fmt: skip
        get("LedgerEntry").objects.create(
            enrollment=enrollment, kind="grant", delta=6, at=START, by="system"
        )
        starts_at = START + timedelta(days=len(bought))
        get("Appointment").objects.create(
            patient=patient, clinician=clinician, room=room, enrollment=enrollment,
            service=get("Service").objects.get(visit_number=4), visit_number=4, policy=policy,
            starts_at=starts_at, ends_at=starts_at + timedelta(minutes=50), busy_from=starts_at,
            busy_until=starts_at + timedelta(minutes=50), status="booked", booked_at=START,
        )  # fmt: skip
        bought[name] = enrollment.pk
    return {"bought": bought}


def version_of(moved: SimpleNamespace, name: str) -> tuple[int, int, int, int]:
    version = moved.get("Enrollment").objects.get(pk=moved.bought[name]).version
    return (
        version.number,
        version.price_cents,
        version.validity_days,
        version.unused_visit_refund_cents,
    )


def test_every_enrollment_points_to_the_terms_it_was_bought_on(moved: SimpleNamespace) -> None:
    assert version_of(moved, "first") == (1, 99_000, 180, 10_000)
    # Only the hold changed in between: the package did not.
    assert version_of(moved, "second") == (1, 99_000, 180, 10_000)
    assert version_of(moved, "third") == (2, 120_000, 200, 20_000)


def test_the_newest_version_can_be_bought_with_the_clinics_own_visits(
    moved: SimpleNamespace,
) -> None:
    package = moved.get("Package").objects.get()
    assert package.is_offered
    newest = moved.get("PackageVersion").objects.get(number=2)
    assert (newest.name, newest.visit_count, newest.payment_parts) == ("Run Ready", 6, 2)
    visits = newest.visits.order_by("number").values_list(
        "number", "service__name", "step", "least_days", "most_days"
    )
    assert list(visits) == [
        (1, "Own 1", 1, 0, None),
        (2, "Own 2", 2, 7, 14),
        (3, "Own 3", 3, 7, 14),
        (4, "Own 4", 4, 7, 14),
        (5, "Own 5", 5, 14, 21),
        (6, "Own 6", 6, 14, 28),
    ]


def test_kinds_steps_and_grants_stand_as_they_were_meant(moved: SimpleNamespace) -> None:
    services = moved.get("Service").objects.order_by("pk")
    assert [one.kind for one in services] == ["evaluation"] + 6 * ["package_visit"]
    # It was booked without a price before, so it can be booked for nothing now.
    assert (services[0].price_cents, services[0].is_active) == (0, True)
    assert set(moved.get("Appointment").objects.values_list("visit_number", "step")) == {(4, 4)}
    assert list(moved.get("LedgerEntry").objects.values_list("delta", flat=True)) == [6, 6, 6]


def test_from_then_on_the_database_compares_with_the_version(moved: SimpleNamespace) -> None:
    get = moved.get
    enrollment = get("Enrollment").objects.get(pk=moved.bought["third"])
    visit = get("Appointment").objects.get(enrollment=enrollment)
    wrong = {
        "appointment_visit_of_version": lambda: (
            get("Appointment").objects.filter(pk=visit.pk).update(visit_number=7)
        ),
        "enrollment_keeps_its_version": lambda: (
            get("Enrollment")
            .objects.filter(pk=enrollment.pk)
            .update(version=get("PackageVersion").objects.get(number=1))
        ),
        "payment_part_of_version": lambda: get("Payment").objects.create(
            enrollment=enrollment, kind="paid", part=3, cents=1, method="cash", at=START, by="x"
        ),
    }
    for name, write in wrong.items():
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            write()
        assert violated(refused.value) == name
