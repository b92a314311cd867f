"""Claims: who is reviewing, leaving a case, and taking it over with a reason."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from clinic.audit.context import Context
from clinic.models.audit import AuditEvent
from clinic.models.people import Clinician
from intake.models import Intake, TakeOver
from intake.review.claims import NotClaimed, start_review, take_over
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
    assert 'form="leave"' not in mine.get(f"/review/{intake.pk}/").content.decode()
    mine.post(f"/review/{intake.pk}/start/")
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
    client.post(f"/review/{intake.pk}/start/")
    decide(client, intake)
    intake.refresh_from_db()
    assert intake.claimed_by is None


@pytest.mark.django_db
def test_whoever_had_the_case_reads_the_reason_before_signing(
    cast: Cast, second: Clinician
) -> None:
    intake = make_intake(**TORN)
    mine, theirs = client_for(cast.clinician.user), client_for(second.user)
    mine.post(f"/review/{intake.pk}/start/")
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
    client.post(f"/review/{intake.pk}/start/")
    assert client.get(path)["Location"] == f"/review/{intake.pk}/"
    start_review(
        intake_id=intake.pk,
        clinician=second.user,
        context=Context(actor(second.user), NOW + timedelta(days=1000)),
    )
    with pytest.raises(NotClaimed):
        take(intake, cast.clinician, NOW + timedelta(days=1000, minutes=15))
    assert not TakeOver.objects.exists()


@pytest.mark.django_db
@pytest.mark.promises
def test_a_claim_left_behind_ends_when_she_starts_or_signs_another(
    cast: Cast, second: Clinician
) -> None:
    first, then, last = (make_intake(**TORN) for _ in range(3))
    theirs = make_intake(**TORN)
    client = client_for(cast.clinician.user)
    client_for(second.user).post(f"/review/{theirs.pk}/start/")
    client.post(f"/review/{first.pk}/start/")
    # Looking at another case leaves the claim where it is.
    client.get(f"/review/{then.pk}/")
    assert holders(first, then, theirs) == [cast.clinician.user, None, second.user]
    client.post(f"/review/{then.pk}/start/")
    assert holders(first, then, theirs) == [None, cast.clinician.user, second.user]
    assert decide(client, last) == 302
    assert holders(first, then, last, theirs) == [None, None, None, second.user]


@pytest.mark.django_db
def test_a_handful_of_decisions_with_the_next_leaves_nothing_claimed(
    cast: Cast, second: Clinician
) -> None:
    intakes = [make_intake(**TORN) for _ in range(5)]
    client, colleague = client_for(cast.clinician.user), client_for(second.user)
    for _ in range(4):
        case = client.get("/review/next/", follow=True).redirect_chain[-1][0]
        (intake,) = [one for one in intakes if case == f"/review/{one.pk}/"]
        assert client.post(case, posted(intake))["Location"] == "/review/next/"
    client.get("/review/next/", follow=True)
    assert not Intake.objects.filter(claimed_by__isnull=False).exists()
    # A colleague is passed by no case, and has the one that is left.
    left = colleague.get("/review/next/")["Location"]
    assert left in [f"/review/{one.pk}/" for one in intakes]
    assert "Mine 0" in " ".join(client.get("/review/").content.decode().split())


@pytest.mark.django_db
def test_a_case_that_somebody_is_reviewing_is_not_started_by_another(
    cast: Cast, second: Clinician
) -> None:
    intake = make_intake(**TORN)
    mine, theirs = client_for(cast.clinician.user), client_for(second.user)
    mine.post(f"/review/{intake.pk}/start/")
    assert theirs.post(f"/review/{intake.pk}/start/")["Location"] == f"/review/{intake.pk}/"
    assert holders(intake) == [cast.clinician.user]
    assert "Dr. Test is reviewing" in theirs.get(f"/review/{intake.pk}/").content.decode()
    (event,) = AuditEvent.objects.filter(action="start review")
    assert event.actor == f"user:{cast.clinician.user.pk}"
    assert mine.get(f"/review/{intake.pk}/start/").status_code == 405
    gone = "/review/00000000-0000-4000-8000-000000000000/start/"
    assert mine.post(gone).status_code == 404


@pytest.mark.django_db(transaction=True)
@pytest.mark.promises
def test_of_all_who_start_at_once_one_has_the_case(cast: Cast) -> None:
    intake = make_intake(**TORN)
    people = [make_clinician(email=f"racer{n}@example.test") for n in range(4)]
    results = race(4, lambda number: begin(intake, people[number]))
    assert sorted(results) == [False, False, False, True]
    assert holders(intake) == [people[results.index(True)].user]


@pytest.mark.django_db(transaction=True)
@pytest.mark.promises
def test_who_starts_two_cases_at_once_has_one_claim_or_two_that_end(cast: Cast) -> None:
    """Neither press waits for the other's case: what is locked is left to end by itself."""
    intakes = [make_intake(**TORN) for _ in range(4)]
    results = race(4, lambda number: begin(intakes[number], cast.clinician))
    assert results == [True] * 4
    begin(intakes[0], cast.clinician)
    assert holders(*intakes) == [cast.clinician.user, None, None, None]


def begin(intake: Intake, clinician: Clinician) -> bool:
    return start_review(
        intake_id=intake.pk,
        clinician=clinician.user,
        context=Context(actor(clinician.user), NOW),
    )


def holders(*intakes: Intake) -> list[object]:
    for intake in intakes:
        intake.refresh_from_db()
    return [intake.claimed_by for intake in intakes]


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
    start_review(
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
