"""Claims: who is reviewing, leaving a case, and taking it over with a reason."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from clinic.audit.context import Context
from clinic.models.audit import AuditEvent
from clinic.models.people import Clinician
from intake.models import Intake, TakeOver
from intake.review.claims import NotClaimed, take_over
from intake.review.decisions import open_case
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_clinician
from tests.intake.review.reviewing import TORN, actor, decide, make_intake, posted
from tests.racing import race

REASON = "She is on the telephone with me"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def second(cast: Cast) -> Clinician:
    return make_clinician(email="second@example.test", name="Dr. Second")


@pytest.mark.django_db
def test_leaving_ends_ones_own_claim_at_once_and_nobody_elses(
    cast: Cast, second: Clinician
) -> None:
    intake = make_intake(**TORN)
    mine, theirs = client_for(cast.clinician.user), client_for(second.user)
    assert 'form="leave"' in mine.get(f"/review/{intake.pk}/").content.decode()
    assert theirs.post(f"/review/{intake.pk}/leave/")["Location"] == "/review/"
    intake.refresh_from_db()
    assert intake.claimed_by == cast.clinician.user
    mine.post(f"/review/{intake.pk}/leave/")
    intake.refresh_from_db()
    assert (intake.claimed_by, intake.claimed_until) == (None, None)
    assert "No one yet" in theirs.get("/review/").content.decode()
    assert mine.get(f"/review/{intake.pk}/leave/").status_code == 405


@pytest.mark.django_db
def test_signing_ends_the_claim(cast: Cast) -> None:
    intake = make_intake(**TORN)
    client = client_for(cast.clinician.user)
    client.get(f"/review/{intake.pk}/")
    decide(client, intake)
    intake.refresh_from_db()
    assert intake.claimed_by is None


@pytest.mark.django_db
def test_whoever_had_the_case_reads_the_reason_before_signing(
    cast: Cast, second: Clinician
) -> None:
    intake = make_intake(**TORN)
    mine, theirs = client_for(cast.clinician.user), client_for(second.user)
    mine.get(f"/review/{intake.pk}/")
    old = posted(intake, note="typed by the first")
    path = f"/review/{intake.pk}/take-over/"
    assert "Take it over" in theirs.get(f"/review/{intake.pk}/").content.decode()
    assert "Dr. Test is reviewing this case until" in theirs.get(path).content.decode()
    empty = theirs.post(path, {"reason": " "})
    assert empty.status_code == 422
    assert "Say why you take it over." in empty.content.decode()
    assert theirs.post(path, {"reason": REASON})["Location"] == f"/review/{intake.pk}/"
    intake.refresh_from_db()
    assert intake.claimed_by == second.user

    answer = mine.post(f"/review/{intake.pk}/", old)
    page = answer.content.decode()
    assert answer.status_code == 409
    for words in ("Dr. Second took the case over", REASON, "typed by the first"):
        assert words in page, words
    page = mine.get(f"/review/{intake.pk}/").content.decode()
    assert "Dr. Second took over:" in page
    assert REASON not in theirs.get(f"/review/{intake.pk}/").content.decode()
    (event,) = AuditEvent.objects.filter(action="take over case")
    assert event.actor == f"user:{second.user.pk}"
    assert REASON not in repr(vars(event))


@pytest.mark.django_db
def test_there_is_nothing_to_take_over_from_nobody_or_oneself(
    cast: Cast, second: Clinician
) -> None:
    intake = make_intake(**TORN)
    client = client_for(cast.clinician.user)
    path = f"/review/{intake.pk}/take-over/"
    assert client.post(path, {"reason": REASON})["Location"] == f"/review/{intake.pk}/"
    client.get(f"/review/{intake.pk}/")
    assert client.get(path)["Location"] == f"/review/{intake.pk}/"
    open_case(
        intake_id=intake.pk,
        clinician=second.user,
        context=Context(actor(second.user), NOW + timedelta(days=1000)),
    )
    with pytest.raises(NotClaimed):
        take(intake, cast.clinician, NOW + timedelta(days=1000, minutes=15))
    assert not TakeOver.objects.exists()


def take(intake: Intake, clinician: Clinician, now: object = NOW) -> TakeOver:
    return take_over(
        intake_id=intake.pk,
        reason=REASON,
        clinician=clinician.user,
        context=Context(actor(clinician.user), now),  # type: ignore[arg-type]
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.promises
def test_whoever_takes_over_last_has_it_and_each_take_over_is_stored(cast: Cast) -> None:
    intake = make_intake(**TORN)
    open_case(
        intake_id=intake.pk,
        clinician=cast.clinician.user,
        context=Context(actor(cast.clinician.user), NOW),
    )
    people = [make_clinician(email=f"racer{n}@example.test") for n in range(4)]
    results = race(4, lambda number: take(intake, people[number]))
    assert all(isinstance(result, TakeOver) for result in results)
    intake.refresh_from_db()
    chain = list(TakeOver.objects.filter(intake=intake))
    assert {row.taken_by for row in chain} == {person.user for person in people}
    holders = [row.taken_from for row in chain]
    assert len(set(holders)) == 4
    assert intake.claimed_by not in holders
    with pytest.raises(IntegrityError), transaction.atomic():
        TakeOver.objects.create(
            intake=intake,
            taken_from=cast.manager,
            taken_by=cast.manager,
            reason=REASON,
            taken_at=NOW,
        )
