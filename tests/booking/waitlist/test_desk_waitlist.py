"""The desk's waitlist: put a patient on it, and answer an offer for her."""

from datetime import timedelta

import pytest
import time_machine

from booking.models import Appointment, EarlierWish, SlotOffer
from booking.waitlist.actions import offer_free_times
from clinic.models.people import Patient
from tests.booking.waitlist.test_waitlist import DAY, FREE, fill, open_offers, wall, wish
from tests.cast import Cast, client_for, make_cast
from tests.factories import NOW, make_appointment, make_patient, make_referral

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_the_desk_puts_somebody_on_the_list_and_takes_her_off(cast: Cast) -> None:
    desk = client_for(cast.manager)
    path = f"/desk/waitlist/add/{cast.patient.pk}/evaluation/"
    assert desk.post(path).status_code == 302
    assert cast.patient.name in desk.get("/desk/waitlist/").content.decode()
    mine = EarlierWish.objects.get()
    assert desk.post(f"/desk/waitlist/{mine.pk}/remove/").status_code == 302
    assert "Nobody waits" in desk.get("/desk/waitlist/").content.decode()


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({}, "Any time"),
        ({"weekdays": [0, 2], "parts": ["morning"]}, "Monday, Wednesday; Morning"),
    ],
)
def test_the_list_shows_her_wish_on_screen_and_in_the_file(
    cast: Cast, wishes: dict[str, list[object]], said: str
) -> None:
    wish(cast.patient, **wishes, clinician_id=cast.clinician.pk if wishes else None)
    said += "; Dr. Test" if wishes else ""
    desk = client_for(cast.manager)
    assert said in desk.get("/desk/waitlist/").content.decode()
    assert said in desk.get("/desk/lists/waitlist/file/").content.decode()


def offered_to(cast: Cast) -> SlotOffer:
    """Offer the only free time to the patient."""
    fill(cast, but=FREE)
    make_referral(patient=cast.patient)
    wish(cast.patient)
    offer_free_times(now=NOW)
    (offer,) = open_offers()
    return offer


def test_the_desk_takes_an_offer_for_her_on_the_telephone(cast: Cast) -> None:
    Patient.objects.filter(pk=cast.patient.pk).update(email="")
    with time_machine.travel(NOW, tick=False):
        desk, offer = client_for(cast.manager), offered_to(cast)
        page = desk.get("/desk/waitlist/").content.decode()
        assert "There is no e-mail address" in page
        assert "781-555-0100" in page
        answer = desk.post(f"/desk/waitlist/offers/{offer.pk}/take/")
        visit = Appointment.objects.get(patient=cast.patient, status="booked")
        assert answer["Location"] == f"/desk/appointment/{visit.pk}/"
        assert visit.starts_at == FREE
        # A second press leads to the same visit.
        assert (
            desk.post(f"/desk/waitlist/offers/{offer.pk}/take/")["Location"] == answer["Location"]
        )
        assert "Take it for her" not in desk.get("/desk/waitlist/").content.decode()


def test_the_desk_moves_her_later_visit_to_the_offer_also_past_the_late_limit(cast: Cast) -> None:
    later = make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=FREE + timedelta(hours=3)
    )
    Appointment.objects.filter(pk=later.pk).update(
        busy_from=later.starts_at, busy_until=later.ends_at
    )
    at = FREE - timedelta(hours=20)
    with time_machine.travel(NOW, tick=False):
        fill_around(cast, later)
        make_referral(patient=cast.patient)
        wish(cast.patient)
        offer_free_times(now=NOW)
        (offer,) = open_offers()
        SlotOffer.objects.update(expires_at=at + timedelta(hours=1))
        Appointment.objects.filter(pk=offer.hold_id).update(hold_until=at + timedelta(hours=1))
    with time_machine.travel(at, tick=False):
        path = f"/desk/waitlist/offers/{offer.pk}/take/"
        assert client_for(cast.manager).post(path).status_code == 302
    later.refresh_from_db()
    assert later.starts_at == offer.starts_at < FREE + timedelta(hours=3)


def fill_around(cast: Cast, visit: Appointment) -> None:
    """Leave one time free besides the visit's own."""
    others = make_patient(name="Busy Others", email="busy@example.test")
    for day in range(30):
        begins, ends = wall(1, 8) + day * DAY, wall(1, 17) + day * DAY
        cuts = [begins, ends]
        if begins <= FREE < ends:
            gap = timedelta(minutes=105)
            cuts = [begins, FREE, FREE + gap, visit.busy_from, visit.busy_until, ends]
        for start, end in zip(cuts[::2], cuts[1::2], strict=True):
            if start < end:
                make_appointment(
                    patient=others,
                    clinician=cast.clinician,
                    starts_at=start,
                    ends_at=end,
                    busy_from=start,
                    busy_until=end,
                )


def test_the_desk_leaves_an_offer_to_the_next_and_is_told_when_one_is_over(cast: Cast) -> None:
    with time_machine.travel(NOW, tick=False):
        desk, offer = client_for(cast.manager), offered_to(cast)
        assert desk.post(f"/desk/waitlist/offers/{offer.pk}/leave/").status_code == 302
        over = desk.post(f"/desk/waitlist/offers/{offer.pk}/take/")
    assert over.status_code == 409
    assert "This was not booked" in over.content.decode()
    assert not Appointment.objects.filter(patient=cast.patient, status="booked").exists()
