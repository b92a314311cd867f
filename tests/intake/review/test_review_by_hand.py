"""Flags added by hand and flags overridden: neither lets danger pass unseen."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from clinic.audit.context import Context
from clinic.security.submission_keys import new_key
from intake.flags.actions import add_flag
from intake.intakes.sending import send_intake
from intake.models import Flag, Intake
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_clinician
from tests.intake.review.reviewing import (
    TORN,
    actor,
    decide,
    flag_of,
    make_intake,
    opened,
    posted,
    waiting,
)
from tests.racing import race

EVALUATION, BOTH = ("evaluation",), ("evaluation", "run_ready")
LEAKY: dict[str, Any] = {
    "leak.when": ["cough"],
    "leak.frequency": "weekly",
    "leak.amount": "drops",
    "leak.bother": 3,
}
SEEN = {
    "level": "red",
    "domain": "pain",
    "text": "Limped into the room",
    "told": "We want to look at your hip first.",
    "reason": "May be a stress injury",
}


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def add(intake: Intake, cast: Cast, **fields: Any) -> Flag:
    clinician = cast.clinician.user
    return add_flag(
        intake_id=intake.pk,
        clinician=clinician,
        context=Context(actor(clinician), NOW),
        **{**SEEN, **fields},
    )


@pytest.mark.django_db
def test_a_second_flag_from_the_same_page_is_never_lost_in_silence(cast: Cast) -> None:
    """Back in the browser brings a page that was sent: what is typed there then is another flag."""
    intake, client, key = make_intake(), client_for(cast.clinician.user), new_key()
    path = f"/review/{intake.pk}/flag/"
    assert client.post(path, {**SEEN, "form_key": key}).status_code == 302
    other = {**SEEN, "text": "Faints on the stairs", "form_key": key}
    answer = client.post(path, other)
    assert answer.status_code == 409
    for words in ("Another flag was added from this page before", "Faints on the stairs"):
        assert words in answer.content.decode()
    assert sum(one.rule.startswith(Flag.BY_HAND) for one in intake.flags.all()) == 1
    assert client.post(path, {**other, "form_key": new_key()}).status_code == 302
    assert sum(one.rule.startswith(Flag.BY_HAND) for one in intake.flags.all()) == 2


@pytest.mark.django_db
@pytest.mark.promises
def test_a_red_flag_by_hand_closes_the_package_and_opens_the_review_again(cast: Cast) -> None:
    intake = make_intake()
    client = client_for(cast.clinician.user)
    decide(client, intake)
    assert opened(intake.patient) == BOTH
    assert waiting().rows == []
    answer = client.post(f"/review/{intake.pk}/flag/", SEEN)
    assert answer["Location"] == f"/review/{intake.pk}/"
    intake.refresh_from_db()
    assert (intake.queue, intake.decided_at, intake.level) == ("red", None, "clear")
    assert opened(intake.patient) == EVALUATION
    assert [(row.id, row.level_word) for row in waiting().rows] == [(intake.pk, "Red")]
    page = client.get(f"/review/{intake.pk}/").content.decode()
    for words in ("Added by hand", "Limped into the room", "May be a stress injury", "HAND-1"):
        assert words in page, words
    assert 'id="id_mark-HAND-1_3"' not in page  # what a clinician saw cannot be overridden
    assert decide(client, intake) == 302
    assert opened(intake.patient) == BOTH
    assert SEEN["told"] in intake.decisions.standing().get().content["told"]


@pytest.mark.django_db
def test_a_caution_by_hand_is_known_and_opens_nothing_again(cast: Cast) -> None:
    intake = make_intake(**TORN)
    client = client_for(cast.clinician.user)
    decide(client, intake)
    client.post(f"/review/{intake.pk}/flag/", SEEN | {"level": "caution"})
    intake.refresh_from_db()
    assert intake.decided_at is not None
    assert opened(intake.patient) == BOTH
    assert "Limped into the room" in client.get(f"/review/{intake.pk}/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "bad",
    [{"level": "urgent"}, {"level": ""}, {"domain": "x"}, {"text": " "}, {"reason": ""}],
)
def test_what_cannot_be_added_is_said_and_nothing_typed_is_lost(
    cast: Cast, bad: dict[str, str]
) -> None:
    intake = make_intake()
    client = client_for(cast.clinician.user)
    answer = client.post(f"/review/{intake.pk}/flag/", SEEN | bad)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "There is a problem" in page
    assert SEEN["told"] in page
    assert not Flag.objects.exists()


@pytest.mark.django_db
def test_a_form_that_was_not_sent_takes_no_flag(cast: Cast) -> None:
    draft = make_intake(send=False)
    assert client_for(cast.clinician.user).get(f"/review/{draft.pk}/flag/").status_code == 404
    with pytest.raises(Intake.DoesNotExist):
        add(draft, cast)


@pytest.mark.django_db
def test_an_open_page_is_stale_once_a_flag_was_added(cast: Cast) -> None:
    intake = make_intake()
    old = posted(intake)
    add(intake, cast)
    answer = client_for(cast.clinician.user).post(f"/review/{intake.pk}/", old)
    # The form lacks the new flag's mark; nothing was signed either way.
    assert answer.status_code in (409, 422)
    assert opened(intake.patient) == EVALUATION


@pytest.mark.django_db
@pytest.mark.promises
def test_a_corrected_form_keeps_the_flags_added_by_hand(cast: Cast) -> None:
    intake = make_intake()
    add(intake, cast)
    correction = make_intake(send=False, patient=intake.patient)
    Intake.objects.filter(pk=correction.pk).update(replaces=intake)
    later = NOW + timedelta(minutes=1)
    sent = send_intake(intake_id=correction.pk, context=Context(actor(cast.clinician.user), later))
    assert sent.flags.get().rule == "HAND-1"
    assert sent.queue == "red"
    assert opened(intake.patient) == EVALUATION
    page = client_for(cast.clinician.user).get(f"/review/{sent.pk}/").content.decode()
    assert "Limped into the room" in page
    # One concern, not two: marked on the correction, it is resolved.
    assert decide(client_for(cast.clinician.user), sent) == 302
    assert opened(intake.patient) == BOTH


@pytest.mark.django_db
def test_a_flag_that_was_resolved_is_not_carried_over(cast: Cast) -> None:
    intake = make_intake()
    add(intake, cast)
    decide(client_for(cast.clinician.user), intake)
    correction = make_intake(send=False, patient=intake.patient)
    Intake.objects.filter(pk=correction.pk).update(replaces=intake)
    later = NOW + timedelta(minutes=1)
    sent = send_intake(intake_id=correction.pk, context=Context(actor(cast.clinician.user), later))
    assert not sent.flags.exists()
    assert opened(intake.patient) == BOTH


@pytest.mark.django_db(transaction=True)
@pytest.mark.promises
def test_flags_added_at_once_are_all_stored(cast: Cast) -> None:
    intake = make_intake()
    results = race(5, lambda number: add(intake, cast, text=f"Seen {number}"))
    assert not [result for result in results if isinstance(result, Exception)]
    assert intake.flags.count() == 5


@pytest.mark.django_db
@pytest.mark.promises
def test_an_overridden_flag_stays_with_who_and_why_and_counts_as_reviewed(cast: Cast) -> None:
    intake = make_intake(**TORN)
    client = client_for(cast.clinician.user)
    assert decide(client, intake, mark="overridden") == 422
    assert opened(intake.patient) == EVALUATION
    assert decide(client, intake, mark="overridden", reason="It was a 2nd degree tear") == 302
    assert opened(intake.patient) == BOTH
    flag = flag_of(intake, "R-TEAR-SEVERE")
    assert (flag.level, flag.mark, flag.verdict) == ("red", "reviewed", "overridden")
    page = client.get(f"/review/{intake.pk}/").content.decode()
    shown = page.split("R-TEAR-SEVERE</span>")[1].split("</article>")[0]
    for words in ("Overridden", "Dr. Test", "It was a 2nd degree tear", "3rd or 4th degree"):
        assert words in shown, words
    # Marked otherwise later, the override is gone; that it was signed stays.
    assert decide(client, intake, mark="impact_held", reason="sore") == 302
    assert opened(intake.patient) == EVALUATION
    assert flag_of(intake, "R-TEAR-SEVERE").overridden_at is None
    assert "<strong>Overridden</strong>" in client.get(f"/review/{intake.pk}/").content.decode()


@pytest.mark.django_db
def test_a_caution_is_overridden_with_a_reason_and_taken_back(cast: Cast) -> None:
    intake = make_intake(**LEAKY)
    (rule,) = [one.rule for one in intake.flags.filter(level="caution") if one.domain == "leak"]
    client = client_for(cast.clinician.user)
    form = posted(intake) | {f"override-{rule}": "Asked again: it was sweat"}
    client.post(f"/review/{intake.pk}/", form)
    assert flag_of(intake, rule).overridden_at is not None
    assert intake.decisions.get().content["reasons"][rule] == "Asked again: it was sweat"
    client.post(f"/review/{intake.pk}/", posted(intake))
    flag = flag_of(intake, rule)
    assert (flag.overridden_at, flag.mark, flag.reason) == (None, "", None)


BROKEN: list[dict[str, Any]] = [
    {"overridden_at": NOW},
    {"added_at": NOW},
    {"mark": "impact_held", "overridden_at": NOW},
]


@pytest.mark.django_db
@pytest.mark.promises
@pytest.mark.parametrize("fields", BROKEN)
def test_the_database_refuses_half_a_flag(cast: Cast, fields: dict[str, Any]) -> None:
    intake = make_intake(**TORN)
    flag = flag_of(intake, "R-TEAR-SEVERE")
    with pytest.raises(IntegrityError), transaction.atomic():
        Flag.objects.filter(pk=flag.pk).update(**fields)


@pytest.mark.django_db
@pytest.mark.promises
def test_an_urgent_flag_is_never_added_by_hand(cast: Cast) -> None:
    intake = make_intake()
    flag = add(intake, cast)
    for fields in ({"level": "urgent"}, {"level": "clear"}, {"words": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Flag.objects.filter(pk=flag.pk).update(**fields)


@pytest.mark.django_db
def test_two_clinicians_see_the_same_flags(cast: Cast) -> None:
    intake = make_intake()
    add(intake, cast)
    other = make_clinician(email="second@example.test", name="Dr. Second")
    page = client_for(other.user).get(f"/review/{intake.pk}/").content.decode()
    assert "Limped into the room" in page
    assert "Dr. Test" in page
