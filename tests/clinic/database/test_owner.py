"""The user of the site owns nothing, does all its work, and cannot touch what is append-only."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import DatabaseError, ProgrammingError, connection, transaction
from django.test import override_settings
from django.urls import reverse

from clinic.audit.sealing import seal_trail
from clinic.audit.verifying import verify_trail
from clinic.database.append_only import append_only_tables, lifted
from clinic.database.grants import grant, grants_to
from clinic.database.owner import as_owner
from clinic.messages.delivery.sending import send_due
from clinic.models.audit import AuditEvent
from tests.cast import client_for, make_cast
from tests.factories import NOW, make_appointment, make_enrollment, make_referral
from tests.intake.review.reviewing import TORN, decide, make_intake

pytestmark = pytest.mark.django_db

WEB = "run_ready_web"


def run_sql(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture
def as_web(tmp_path: Any) -> Iterator[None]:
    """Do the rest of the test, in its transaction, with the rights of the user of the site."""
    run_sql(f"CREATE ROLE {WEB}")
    grant(WEB)
    run_sql(f"SET LOCAL ROLE {WEB}")
    with override_settings(AUDIT_SEALS=tmp_path / "seals"):
        yield
    run_sql("RESET ROLE")


def test_the_main_actions_need_no_more_than_is_granted(as_web: None) -> None:
    with time_machine.travel(NOW, tick=False):
        cast = make_cast()
        # She answers, a clinician reads and decides.
        intake = make_intake(patient=cast.patient, now=NOW, **TORN)
        clinician, desk = client_for(cast.clinician.user), client_for(cast.manager)
        assert clinician.get(f"/review/{intake.pk}/").status_code == 200
        assert decide(clinician, intake) == 302
        # The desk looks, marks, cancels, and takes it back.
        referral = make_referral(patient=cast.other_patient)
        make_enrollment(patient=cast.other_patient, referral=referral)
        visit = make_appointment(
            patient=cast.other_patient,
            clinician=cast.clinician,
            starts_at=NOW + timedelta(days=2, hours=1),
        )
        assert desk.get("/desk/day/2027-02-03/").status_code == 200
        cancelled = {"rev": visit.rev, "who": "clinic", "which": "one", "reason": "ill"}
        address = reverse("desk_cancel", args=[visit.pk])
        assert desk.post(address, cancelled).status_code == 302
        assert desk.post(reverse("desk_undo_cancel", args=[visit.pk])).status_code == 302
        visit.refresh_from_db()
        assert visit.status == "booked"
        # She moves it herself, and the jobs run.
        patient = client_for(cast.other_patient.user)
        assert patient.get("/visits/").status_code == 200
        send_due(now=NOW)
        assert seal_trail(now=NOW) >= 1
        assert verify_trail().faults == []


REFUSED = [
    "ALTER TABLE {} DISABLE TRIGGER ALL",
    "ALTER TABLE {} DISABLE TRIGGER USER",
    "DROP TABLE {}",
    "TRUNCATE {}",
    "DELETE FROM {}",
    "UPDATE {} SET at = now()",
    "DROP TRIGGER {1} ON {0}",
    "CREATE TRIGGER other BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE RULE other AS ON INSERT TO {} DO INSTEAD NOTHING",
    "ALTER FUNCTION refuse_change() RENAME TO other",
    "DROP FUNCTION refuse_change() CASCADE",
]


@pytest.mark.parametrize(
    ("table", "trigger"),
    [
        ("clinic_auditevent", "audit_append_only"),
        ("clinic_auditseal", "audit_seal_append_only"),
        ("booking_payment", "payment_append_only"),
    ],
)
def test_what_is_append_only_is_out_of_reach(as_web: None, table: str, trigger: str) -> None:
    refused = pytest.raises(ProgrammingError, match=r"must be owner|permission denied")
    for sql in REFUSED:
        with refused, transaction.atomic():
            run_sql(sql.format(table, trigger))
    with refused, transaction.atomic(), lifted():
        pass


def test_of_append_only_tables_nothing_but_reading_and_adding_is_granted() -> None:
    tables = ["booking_service", "django_migrations", *append_only_tables()]
    granted = {line.split(" ON ")[1]: line for line in grants_to(WEB, tables) if " ON " in line}
    for table in append_only_tables():
        assert granted[f'"{table}" TO "{WEB}"'].startswith("GRANT SELECT, INSERT ON ")
    assert "UPDATE" in granted[f'"booking_service" TO "{WEB}"']
    assert granted[f'"django_migrations" TO "{WEB}"'].startswith("GRANT SELECT ON ")
    assert not any("TRUNCATE" in line or "TRIGGER" in line for line in granted.values())


def test_the_command_prints_them() -> None:
    out = StringIO()
    call_command("migrate", print_grants="somebody", stdout=out)
    assert 'GRANT SELECT, INSERT ON "clinic_auditevent" TO "somebody";\n' in out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_migrations_and_the_lifting_of_triggers_use_the_owners_connection() -> None:
    own = connection.settings_dict
    run_sql(f"CREATE ROLE {WEB} LOGIN")
    grant(WEB)
    AuditEvent.objects.create(at=NOW, actor="system", role="system", action="looked")
    owner = {"USER": own["USER"], "PASSWORD": own["PASSWORD"]}
    connection.close()
    try:
        own["USER"] = WEB
        with override_settings(OWNER_DATABASE=owner):
            assert user() == WEB
            call_command("migrate", verbosity=0)
            with as_owner():
                assert user() == owner["USER"]
            assert user() == WEB
            with lifted():
                AuditEvent.objects.update(action="changed")
            assert AuditEvent.objects.get().action == "changed"
            with pytest.raises(DatabaseError), transaction.atomic():
                AuditEvent.objects.update(action="changed again")
            with pytest.raises(RuntimeError), transaction.atomic(), as_owner():
                pass
    finally:
        connection.close()
        own["USER"] = owner["USER"]
        run_sql(f"DROP OWNED BY {WEB}; DROP ROLE {WEB}")


def user() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return str(cursor.fetchone()[0])
