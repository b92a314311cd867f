"""Undoing a decision within its minute, and telling the patient once the minute is over."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from booking.models import Referral
from clinic.audit.context import Context
from clinic.messages.delivery.sending import send_due
from clinic.models.audit import AuditEvent
from clinic.models.messages import Email
from clinic.security.submission_keys import new_key
from intake.models import Concern, Decision, Flag, Intake
from intake.patient_pages.news import news_for
from intake.review.decisions import sign_decision
from intake.review.undo import CannotUndo, undo_decision
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_clinician
from tests.intake.review.reviewing import (
    FEVERISH,
    TORN,
    actor,
    change_safety,
    decide,
    make_intake,
    opened,
    posted,
    save_page,
    verdict,
)
from tests.racing import race

EVALUATION, BOTH = ("evaluation",), ("evaluation", "run_ready")
SECOND = timedelta(seconds=1)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def sign(intake: Intake, cast: Cast, mark: str = "reviewed", now: Any = NOW) -> Decision:
    intake.refresh_from_db()
    if intake.urgent_calls.exists():
        mark = "impact_held"  # nobody has called yet
    return sign_decision(
        intake_id=intake.pk,
        version=intake.version,
        verdict=verdict(intake, mark),
        clinician=cast.clinician.user,
        context=Context(actor(cast.clinician.user), now),
    )


def undo(decision: Decision, cast: Cast, after: timedelta = 59 * SECOND) -> Intake:
    return undo_decision(
        decision_id=decision.pk,
        clinician=cast.clinician.user,
        context=Context(actor(cast.clinician.user), decision.decided_at + after),
    )


def state_of(intake: Intake) -> dict[str, Any]:
    """Return everything a decision changes, but for the version and the claim."""
    intake.refresh_from_db()
    referral = Referral.objects.current().get(patient=intake.patient)
    compared = ("level", "run_ready_opens_on", "evaluation_opens_on", "run_ready_closed", "source")
    return {
        "flags": [
            (one.rule, one.mark, one.marked_at, one.marked_by_id, one.overridden_at)
            for one in intake.flags.in_order()
        ],
        "reasons": [flag.reason for flag in intake.flags.in_order()],
        "intake": (intake.decided_at, intake.has_unreviewed_change, intake.queue),
        "referral": [getattr(referral, name) for name in compared],
        "signed": [decision.pk for decision in intake.decisions.standing()],
        "concerns": sorted(
            (one.digest, one.state) for one in Concern.objects.filter(patient=intake.patient)
        ),
    }


@pytest.mark.django_db
@pytest.mark.promises
@pytest.mark.parametrize("story", [TORN, FEVERISH, {**TORN, **FEVERISH}, {}])
def test_undone_it_is_as_if_it_had_not_been_signed(cast: Cast, story: dict[str, Any]) -> None:
    intake = make_intake(**story)
    before, version = state_of(intake), intake.version
    decision = sign(intake, cast)
    undo(decision, cast)
    assert state_of(intake) == before
    assert intake.version == version + 2
    assert intake.claimed_by == cast.clinician.user
    assert set(Email.objects.filter(kind="decision").values_list("status", "reason")) <= {
        ("skipped", "undone")
    }
    mail.outbox.clear()
    send_due(now=NOW + timedelta(hours=1))
    assert not [sent for sent in mail.outbox if "news" in sent.subject]
    assert AuditEvent.objects.filter(action="undo decision").count() == 1


@pytest.mark.django_db
@pytest.mark.promises
def test_undoing_a_second_decision_brings_the_first_back(cast: Cast) -> None:
    intake = make_intake(**TORN)
    sign(intake, cast, "impact_held")
    before = state_of(intake)
    second = sign(intake, cast, "reviewed", now=NOW + timedelta(hours=1))
    assert opened(intake.patient) == BOTH
    undo(second, cast)
    assert state_of(intake) == before
    assert opened(intake.patient) == EVALUATION
    assert intake.decisions.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("seconds", [60, 61, 3600])
def test_after_a_minute_it_stands(cast: Cast, seconds: int) -> None:
    intake = make_intake(**TORN)
    decision = sign(intake, cast)
    with pytest.raises(CannotUndo):
        undo(decision, cast, after=seconds * SECOND)
    assert opened(intake.patient) == BOTH


@pytest.mark.django_db
def test_what_happened_since_is_not_undone(cast: Cast) -> None:
    draft = make_intake(send=False, **FEVERISH)
    change_safety(intake=draft)
    decision = sign(draft, cast)
    save_page(intake=draft, slug="safety", said=FEVERISH)
    with pytest.raises(CannotUndo):
        undo(decision, cast)
    draft.refresh_from_db()
    assert (draft.queue, draft.decided_at) == ("urgent", None)


@pytest.mark.django_db
def test_only_the_one_who_signed_undoes(cast: Cast) -> None:
    intake = make_intake(**TORN)
    client = client_for(cast.clinician.user)
    decide(client, intake)
    decision = intake.decisions.get()
    other = client_for(make_clinician(email="second@example.test").user)
    assert other.post(f"/review/undo/{decision.pk}/").status_code == 404
    assert client_for(cast.manager).post(f"/review/undo/{decision.pk}/").status_code == 403
    assert client.get(f"/review/undo/{decision.pk}/").status_code == 405
    assert opened(intake.patient) == BOTH


@pytest.mark.django_db
def test_the_offer_stands_on_the_next_page_and_works_once(cast: Cast) -> None:
    intake, waits = make_intake(**TORN), make_intake(**TORN)
    client = client_for(cast.clinician.user)
    following = client.post(f"/review/{intake.pk}/", posted(intake), follow=True)
    page = following.content.decode()
    assert following.redirect_chain[-1][0] == f"/review/{waits.pk}/"
    assert "The decision for I.E. is signed. The e-mail leaves at" in page
    decision = intake.decisions.get()
    path = f"/review/undo/{decision.pk}/"
    assert f'action="{path}"' in page
    form = {"form_key": new_key()}
    for _ in range(2):  # a double click leads on like the first one
        assert client.post(path, form)["Location"] == f"/review/{intake.pk}/"
    assert (
        "The decision is withdrawn. Nothing was mailed." in client.get("/review/").content.decode()
    )
    again = client.post(path, {"form_key": new_key()})
    assert again.status_code == 409
    assert "can no longer be undone" in again.content.decode()
    assert path not in client.get("/review/").content.decode()
    case = client.get(f"/review/{intake.pk}/").content.decode()
    assert "Withdrawn on" in case


@pytest.mark.django_db
def test_a_minute_later_the_page_offers_nothing_and_refuses(cast: Cast) -> None:
    intake = make_intake(**TORN)
    client = client_for(cast.clinician.user)
    decide(client, intake)
    session = client.session
    offer = session["decision to undo"]
    long_ago = timezone.now() - timedelta(seconds=60)
    session["decision to undo"] = {**offer, "decided_at": long_ago.isoformat()}
    session.save()
    Decision.objects.update(decided_at=long_ago)
    assert "toast-bar" not in client.get("/review/").content.decode()
    assert client.post(f"/review/undo/{offer['decision']}/").status_code == 409
    assert opened(intake.patient) == BOTH


@pytest.mark.django_db
def test_she_is_mailed_after_a_minute_and_reads_what_was_previewed(cast: Cast) -> None:
    intake = make_intake(patient=cast.patient, **TORN)
    client = client_for(cast.clinician.user)
    page = client.post(
        f"/review/{intake.pk}/", posted(intake, "impact_held", "weak") | {"preview": "1"}
    ).content.decode()
    previewed = page.split('id="told"')[1].split("</details>")[0]
    decision = sign(intake, cast, "impact_held")
    told = decision.content["told"]
    assert len(told) == 2
    for sentence in told:
        assert sentence in previewed
    mail.outbox.clear()
    send_due(now=NOW + 59 * SECOND)
    assert not [sent for sent in mail.outbox if "news" in sent.subject]
    assert news_for(cast.patient, now=NOW + 59 * SECOND) is None
    send_due(now=NOW + 60 * SECOND)
    (sent,) = [sent for sent in mail.outbox if "news" in sent.subject]
    text = f"{sent.subject} {sent.body}".lower()
    for word in ("answer", "clinician", "run", "evaluation", "birth", "pelvic", "review"):
        assert word not in text.replace("run ready", "").split(), word
    news = news_for(cast.patient, now=NOW + 60 * SECOND)
    assert news is not None
    assert list(news.told) == told
    Decision.objects.update(decided_at=timezone.now() - timedelta(minutes=2))
    hers = client_for(cast.patient.user).get("/visits/").content.decode()
    assert "hold off on running and jumping" in hers
    theirs = client_for(cast.other_patient.user).get("/visits/").content.decode()
    assert "From your clinician" not in theirs


@pytest.mark.django_db(transaction=True)
@pytest.mark.promises
def test_undoing_twice_at_once_undoes_once(cast: Cast) -> None:
    intake = make_intake(**TORN)
    decision = sign(intake, cast)
    results = race(4, lambda number: undo(decision, cast))
    assert sum(isinstance(result, Intake) for result in results) == 1
    assert sum(isinstance(result, CannotUndo) for result in results) == 3
    assert opened(intake.patient) == EVALUATION
    assert not Flag.objects.filter(mark="reviewed").exists()


@pytest.mark.django_db
@pytest.mark.promises
def test_the_database_lets_one_decision_stand(cast: Cast) -> None:
    intake = make_intake(**TORN)
    first = sign(intake, cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(
            intake=intake,
            next_act="none",
            content={},
            decided_at=NOW,
            decided_by=cast.clinician.user,
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.filter(pk=first.pk).update(superseded_at=NOW, withdrawn_at=NOW)
