"""Judging stored forms by the current rules: unchanged rules change nothing, others are listed."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.audit import AuditEvent
from intake.intakes.corrections import start_correction
from intake.intakes.sending import send_intake
from intake.models import Flag, Intake, Replay
from intake.replay.queries import replayed
from intake.triage.rules import CHECKIN_RULES, INTAKE_RULES, RULES_VERSION
from tests.cast import Cast, make_cast
from tests.factories import NOW
from tests.intake.checkins.checking_in import DAY, check_in, make_package, make_visit
from tests.intake.review.reviewing import FEVERISH, TORN, make_intake
from tests.intake.samples import Raw
from tests.intake.strategies import UNTIMED, complete_intake, raw_answers

pytestmark = pytest.mark.django_db

ONE_TRANSACTION = settings(
    UNTIMED, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def run(*args: str) -> str:
    out = StringIO()
    call_command("replay", *args, stdout=out)
    return out.getvalue()


def send_raw(cast: Cast, raw: Raw) -> Intake:
    """Send a form with exactly these raw answers, whatever a page would allow."""
    draft = Intake.objects.create(
        patient=cast.patient, questionnaire_version="1.1", raw=raw, started_at=NOW, saved_at=NOW
    )
    return send_intake(intake_id=draft.pk, context=Context(SYSTEM, NOW))


@ONE_TRANSACTION
@given(raws=st.lists(raw_answers() | complete_intake(NOW.date()), min_size=5, max_size=12))
def test_unchanged_rules_change_nothing(cast: Cast, raws: list[Raw]) -> None:
    for raw in raws:
        send_raw(cast, raw)
    forms = list(replayed())
    assert len(forms) >= len(raws)
    assert [form for form in forms if form.is_changed] == []


def test_changed_rules_are_listed_by_id_and_level_and_stored_with_their_version(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    torn, well = make_intake(patient=cast.patient, **TORN), make_intake()
    urgent = make_intake(**FEVERISH)
    stored = list(Intake.objects.order_by("pk").values())
    events = AuditEvent.objects.count()
    changed = [
        replace(rule, id="R-NEW", level="urgent") if rule.id == "R-TEAR-SEVERE" else rule
        for rule in INTAKE_RULES
        if rule.id != "U-FEVER"
    ]
    monkeypatch.setattr("intake.triage.evaluate.INTAKE_RULES", changed)
    said = run()
    assert f"intake {torn.pk}: red → urgent +R-NEW -R-TEAR-SEVERE" in said
    assert f"intake {urgent.pk}: urgent → clear -U-FEVER" in said
    assert str(well.pk) not in said
    told = "3 judged, 2 changed (1 newly flagged, 2 no longer flagged, 1 more"
    assert f"rules {RULES_VERSION}: {told}" in said
    replay = Replay.objects.get()
    assert (replay.rules_version, replay.judged, replay.changed) == (RULES_VERSION, 3, 2)
    assert {change["intake"] for change in replay.changes} == {str(torn.pk), str(urgent.pk)}
    # Nothing else is written: no form, no flag, one event.
    assert list(Intake.objects.order_by("pk").values()) == stored
    assert "R-NEW" not in [flag.rule for flag in Flag.objects.all()]
    event = AuditEvent.objects.latest("pk")
    assert (event.action, AuditEvent.objects.count()) == ("replay rules", events + 1)


def test_a_check_in_is_compared_to_the_scores_of_its_own_time(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = make_package(cast.patient)
    first = Intake.objects.get()
    visit = make_visit(package, cast.clinician, 2, NOW + 10 * DAY)
    risen = check_in(visit, now=NOW + 9 * DAY, pain_worst=3)
    assert risen.flags.get().rule == "CC-RISE"
    # Neither a later form nor a later correction is what it was measured against.
    make_intake(
        patient=cast.patient, now=NOW + 11 * DAY,
        **{"pain.areas": ["knee"], "pain.worst": 9, "pain.signs": ["none"]},
    )  # fmt: skip
    correction = start_correction(intake_id=first.pk, context=Context(SYSTEM, NOW + 12 * DAY))
    send_intake(intake_id=correction.pk, context=Context(SYSTEM, NOW + 12 * DAY))
    assert [form for form in replayed() if form.is_changed] == []
    left = [rule for rule in CHECKIN_RULES if rule.id != "CC-RISE"]
    monkeypatch.setattr("intake.triage.evaluate.CHECKIN_RULES", left)
    (change,) = [form for form in replayed() if form.is_changed]
    assert (change.intake, change.no_longer) == (str(risen.pk), ("CC-RISE",))
    assert (change.before, change.after) == ("caution", "clear")


def test_a_form_that_can_no_longer_be_judged_is_listed_as_red(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_intake()
    monkeypatch.setattr("intake.triage.evaluate.INTAKE_RULES", [None])
    assert "clear → red +R-NOT-JUDGED" in run()


def test_only_forms_judged_since_a_day_are_looked_at(cast: Cast) -> None:
    make_intake(now=NOW - timedelta(days=30))
    make_intake(now=NOW)
    assert "1 judged, 0 changed" in run("--since", NOW.date().isoformat())
    assert "0 judged" in run("--since", "2999-01-01")
    with pytest.raises(CommandError, match="YYYY-MM-DD"):
        run("--since", "last week")


def test_many_forms_take_no_more_statements_than_few(cast: Cast) -> None:
    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert list(replayed())
        return len(captured)

    make_intake(patient=cast.patient)
    few = statements()
    for _ in range(4):
        make_intake(patient=cast.patient)
    assert statements() == few <= 3
