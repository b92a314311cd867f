"""People in a small clinic who stand where no link leads: half signed in, at a mailed link, …

Each function brings somebody there and returns a test client and the addresses to start from.
`NOW` is the time for all of them.
"""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.appointments.attendance import mark_no_show
from booking.models import (
    Appointment,
    EarlierWish,
    ImportRow,
    ImportRun,
    LedgerEntry,
    Package,
    Service,
)
from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.people import Patient, User
from clinic.models.practice import HeardFrom
from intake.checkins.actions import save_checkin
from intake.concerns.tasks import close_task, owe_task
from intake.models import Intake
from intake.questionnaire.definition import CHECKIN, INTAKE, Questionnaire
from intake.visit_records.actions import write_record
from tests.booking.provisional.visitors import browser_of, free, hold, unproven
from tests.cast import Cast, client_for
from tests.clinic.sign_in.coding import born, sign_in_by_code
from tests.clinic.sign_in.passkeys import SoftKey
from tests.clinic.sign_in.test_sign_in import make_real, sign_in, with_app
from tests.edges.test_mailed_links import LINKS
from tests.factories import NOW, make_appointment, make_patient, make_referral
from tests.intake.checkins.checking_in import make_package, make_visit
from tests.intake.online_intake.test_flow import CONSENT, SAFE, fill, post, start
from tests.intake.posting import whole_checkin
from tests.intake.review.reviewing import TORN, make_intake, make_row

Start = tuple[Client, list[str]]
DAY = timedelta(days=1)
BIRTHDAY = born(1992, 5, 4)
AGREES = {"adult": "on", "record": "on", "contact": "on"}
OWN_PAGES = [
    *("/visits/", "/visits/progress/", "/visits/readers/", "/visits/record/", "/visits/email/"),
    *("/visits/emergency-contact/", "/calendar/mine/", "/accounts/my-sessions/"),
]


def at_link(kind: str) -> Callable[[Cast], Start]:
    def opened(cast: Cast) -> Start:
        client = Client()
        answer = client.get(urlsplit(LINKS[kind](cast)).path, follow=True)
        return client, [answer.request["PATH_INFO"]]

    return opened


# --- Signing in -----------------------------------------------------------------------------------


def with_two_factors(cast: Cast) -> User:
    user = make_real(is_manager=True, is_access_admin=True)
    with_app(user)
    wish = {"publicKey": {"user": {"id": "MQ"}, "challenge": "bm9uZQ"}}
    data = {"name": "Laptop", "credential": json.loads(SoftKey().made(wish)), "passwordless": True}
    Authenticator.objects.create(user=user, type="webauthn", data=data)
    return user


def before_the_second_step(cast: Cast) -> Start:
    return sign_in(with_two_factors(cast)), ["/accounts/2fa/authenticate/"]


def own_sign_in(cast: Cast) -> Start:
    pages = [
        *("/accounts/2fa/", "/accounts/2fa/reauthenticate/", "/accounts/2fa/passkeys/again/"),
        *("/accounts/reauthenticate/", "/accounts/password/change/", "/accounts/sessions/"),
        *("/accounts/2fa/passkeys/add/", "/accounts/2fa/recovery-codes/generate/"),
    ]
    client = client_for(with_two_factors(cast))
    session = client.session
    proof = {"method": "mfa", "type": "totp", "at": NOW.timestamp()}
    session["account_authentication_methods"] = [proof]
    session.save()
    return client, pages


def without_an_app(cast: Cast) -> Start:
    user = make_real(is_manager=True)
    return client_for(user), ["/accounts/2fa/totp/activate/", "/accounts/2fa/passkeys/add/"]


def at_the_mailed_code(cast: Cast) -> Start:
    client = Client()
    client.post("/accounts/login/code/", {"email": cast.patient.email})
    return client, ["/accounts/login/code/confirm/"]


def who_gives_access(cast: Cast) -> Start:
    other = with_two_factors(cast)
    page = reverse("person", args=[other.pk])
    pages = ["/accounts/people/", "/accounts/people/new/", page, f"{page}reset/"]
    more = ["/accounts/people/mail-test/", "/accounts/log/", "/emergency-access/"]
    return client_for(cast.admin), [*pages, *more]


# --- A patient ------------------------------------------------------------------------------------


def with_rows_of_others(cast: Cast) -> Start:
    row = make_patient(email="vera@example.test")
    make_row(queue="reading", due=timezone.now(), sent_at=timezone.now(), patient=row)
    return sign_in_by_code("vera@example.test"), ["/visits/yours/"]


def asked_about_rows(cast: Cast) -> Start:
    client, starts = with_rows_of_others(cast)
    client.post("/visits/yours/", BIRTHDAY)
    return client, starts


def before_her_date_of_birth(cast: Cast) -> Start:
    return client_for(cast.patient.user), OWN_PAGES


def in_her_record(cast: Cast) -> Start:
    client = client_for(cast.patient.user)
    client.post("/visits/progress/", BIRTHDAY)
    client.post("/calendar/mine/")
    return client, OWN_PAGES


def in_a_package(cast: Cast) -> Start:
    package = make_package(cast.patient, now=NOW)
    visits = [make_visit(package, cast.clinician, n, NOW + n * 10 * DAY) for n in (1, 2)]
    client = client_for(cast.patient.user)
    client.post("/visits/progress/", BIRTHDAY)
    pages = [f"/book/visit/{visit.pk}/" for visit in visits]
    more = ["/book/", "/book/run-ready/", "/book/plan/", "/book/rr2/earlier/", "/book/rr3/"]
    return client, [*pages, *(f"{page}following/" for page in pages), *more, "/book/rr3/earlier/"]


def who_may_book(cast: Cast) -> Start:
    make_referral(patient=cast.patient)
    client = client_for(cast.patient.user)
    return client, ["/book/", "/book/evaluation/", "/book/evaluation/earlier/", "/book/run-ready/"]


def with_a_wish(cast: Cast) -> Start:
    client, _starts = who_may_book(cast)
    make_appointment(patient=cast.patient, clinician=cast.clinician, starts_at=NOW + 20 * DAY)
    service = Service.objects.get(code="evaluation")
    EarlierWish.objects.create(patient=cast.patient, service=service, made_at=NOW)
    return client, ["/book/evaluation/earlier/"]


def with_a_kept_time(cast: Cast) -> Start:
    client = browser_of(unproven(1))
    return client, [hold(client, free()[0])["Location"]]


def at_her_check_in(cast: Cast, **answers: str) -> Start:
    package = make_package(cast.patient, now=NOW)
    visit = make_visit(package, cast.clinician, 2, NOW + DAY)
    client = client_for(cast.patient.user)
    client.post("/visits/progress/", BIRTHDAY)
    return client, [f"/visits/check-in/{visit.pk}/"]


def at_an_emergency_of_her_check_in(cast: Cast) -> Start:
    client, [page] = at_her_check_in(cast)
    client.post(page, whole_checkin({**URGENT_CHECKIN}))
    return client, [f"{page}help/"]


URGENT_CHECKIN = {
    "ci_warning": "chest_breath", "ci_leak_frequency": "never", "ci_heavy_frequency": "never",
    "ci_pain_worst": "0", "ci_load": "walk30", "ci_worry": "2",
}  # fmt: skip


def with_symptoms_at_her_check_in(cast: Cast) -> Start:
    client, [page] = at_her_check_in(cast)
    visit = Appointment.objects.get(visit_number=2)
    said = said_first("ci.leak_frequency", "ci.heavy_frequency", "ci.load", form=CHECKIN)
    save_checkin(appointment_id=visit.pk, posted=said, context=Context(SYSTEM, NOW))
    return client, [page]


# --- The questions --------------------------------------------------------------------------------


def said_first(*ids: str, form: Questionnaire) -> dict[str, object]:
    """Return the first choice of these questions: those that stand behind it are asked, too."""
    asked = {one.id: one for section in form.sections for one in section.questions}
    first = {key: asked[key].choices[0].id for key in ids}
    return {key: [one] if asked[key].kind == "multi" else one for key, one in first.items()}


def with_symptoms(cast: Cast) -> Start:
    client = fill(start(Client()))
    draft = Intake.objects.get()
    said = said_first("leak.when", "pain.areas", "bg.running", form=INTAKE)
    draft.raw = {**draft.raw, **said, "heavy.frequency": "daily"}
    draft.save()
    slugs = ("birth", "running", "leaking", "heaviness", "pain", "ready", "care")
    return client, [f"/intake/{slug}/" for slug in slugs]


def before_the_questions(cast: Cast) -> Start:
    client = Client()
    client.post("/intake/", CONSENT)
    return client, ["/intake/contact/"]


def who_mistyped_her_email(cast: Cast) -> Start:
    return start(Client()), ["/visits/email/"]


def at_an_emergency(cast: Cast) -> Start:
    client = start(Client())
    post(client, "safety", {**SAFE, "safety_emergency": "chest_pain"})
    return client, ["/intake/emergency/"]


def on_the_telephone(cast: Cast) -> Start:
    client = client_for(cast.manager)
    client.post(f"/intake/desk/{cast.patient.pk}/", AGREES)
    return client, ["/intake/safety/"]


def before_the_telephone(cast: Cast) -> Start:
    bare = make_patient(email="", phone="", name="Bare Example", born_on=None)
    return client_for(cast.manager), [f"/intake/desk/{bare.pk}/"]


def put_aside(cast: Cast) -> Start:
    client = start(Client())
    post(client, "safety", SAFE)
    return client, ["/intake/later/", "/intake/link/"]


# --- Staff ----------------------------------------------------------------------------------------


def at_a_case(cast: Cast) -> Start:
    intake = make_intake(patient=cast.patient, now=NOW, **TORN)
    client = client_for(cast.clinician.user)
    client.post(f"/review/{intake.pk}/start/")
    return client, [f"/review/{intake.pk}/", f"/review/{intake.pk}/flag/"]


def at_a_case_of_another(cast: Cast) -> Start:
    client, pages = at_a_case(cast)
    other = make_real(email="other.clinician@example.test")
    Intake.objects.update(claimed_by=other, claimed_until=NOW + DAY)
    return client, [f"{pages[0]}take-over/"]


def at_a_visit(cast: Cast) -> Start:
    package = make_package(cast.patient, now=NOW)
    visit = make_visit(package, cast.clinician, 2, NOW - DAY / 48, status="arrived")
    write_record(visit, revision=1, content={"items": {}, "stage": None}, by=cast.manager, at=NOW)
    return client_for(cast.clinician.user), [f"/review/visit/{visit.pk}/"]


def at_a_package(cast: Cast) -> Start:
    package = make_package(cast.patient, now=NOW)
    visit = make_visit(package, cast.clinician, 1, NOW - 2 * DAY)
    LedgerEntry.objects.create(
        enrollment=package, appointment=visit, kind="reserve", delta=-1, at=NOW, by="system"
    )
    mark_no_show(appointment_id=visit.pk, rev=visit.rev, context=Context(SYSTEM, NOW))
    page = reverse("desk_package", args=[package.pk])
    return client_for(cast.manager), [page, f"{page}plan/"]


def at_a_closed_task(cast: Cast) -> Start:
    context = Context(SYSTEM, NOW)
    task = owe_task(patient=cast.patient, kind="ask_patient", question="Why?", context=context)
    by = cast.clinician.user
    assert by is not None
    close_task(task_id=task.pk, outcome="answered", note="She said", by=by, context=context)
    return client_for(by), [reverse("task", args=[task.pk])]


def at_a_merge(cast: Cast) -> Start:
    Patient.objects.filter(pk=cast.other_patient.pk).update(
        name=cast.patient.name, born_on=cast.patient.born_on, user=None
    )
    pair = reverse("match_pair", args=[cast.patient.pk, cast.other_patient.pk])
    return client_for(cast.manager), [pair, reverse("match", args=[cast.patient.pk])]


def erasing(cast: Cast) -> Start:
    bare = make_patient(email="bare@example.test")
    page = reverse("desk_patient", args=[bare.pk])
    pages = [f"{page}erase/", f"{page}contact/", f"{page}note/", f"{page}emergency-contact/"]
    return client_for(cast.manager), [page, *pages]


def in_an_emergency(cast: Cast) -> Start:
    client, page = client_for(cast.manager), reverse("emergency_access", args=[cast.patient.pk])
    contact = {"contact_name": "Sam Example", "contact_phone": "781 555 0134", "relation": "Sister"}
    client.post(reverse("desk_emergency_contact", args=[cast.patient.pk]), contact)
    client.post(page, {"reason": "She fell and nobody answers"})
    return client, [page, reverse("desk_emergency_contact", args=[cast.patient.pk])]


def before_an_emergency(cast: Cast) -> Start:
    page = reverse("emergency_access", args=[cast.patient.pk])
    return client_for(cast.clinician.user), [page]


def at_the_hours(cast: Cast) -> Start:
    at = {"patient": cast.patient, "clinician": cast.clinician}
    make_appointment(starts_at=NOW + 2 * DAY, **at)
    pages = [f"/desk/hours/{cast.clinician.pk}/{page}/" for page in ("close", "week", "open")]
    return client_for(cast.manager), ["/desk/hours/", *pages, "/desk/terms/change/"]


def at_the_front_desk(cast: Cast) -> Start:
    package = make_package(cast.patient, now=NOW)
    visit = make_visit(package, cast.clinician, 2, NOW + DAY / 4)
    page = reverse("front_desk_checkin", args=[visit.pk])
    return client_for(cast.manager), ["/review/check-ins/", page]


def at_an_emergency_of_the_front_desk(cast: Cast) -> Start:
    client, [_list, page] = at_the_front_desk(cast)
    client.post(page, whole_checkin({**URGENT_CHECKIN}))
    return client, [f"{page}help/"]


def with_visits_to_confirm(cast: Cast) -> Start:
    make_appointment(
        patient=cast.patient, clinician=cast.clinician, starts_at=NOW + 3 * DAY,
        confirm_by=NOW + DAY / 2, network_key="x",
    )  # fmt: skip
    return client_for(cast.manager), ["/desk/unconfirmed/"]


def booking_by_telephone(cast: Cast) -> Start:
    make_referral(patient=cast.patient)
    visit = make_appointment(
        patient=cast.other_patient, clinician=cast.clinician, starts_at=NOW + 3 * DAY
    )
    page = reverse("desk_appointment", args=[visit.pk])
    new = reverse("desk_new", args=[cast.patient.pk])
    return client_for(cast.manager), [new, page, f"{page}move/", "/desk/why/", "/desk/patients/"]


def with_own_calendar(cast: Cast) -> Start:
    client = client_for(cast.clinician.user)
    client.post("/calendar/")
    return client, ["/calendar/", "/review/hours/", "/review/hours/close/", "/review/hours/open/"]


def setting_up(cast: Cast) -> Start:
    place = HeardFrom.objects.create(name="A running club", code="k7m4p")
    names = ("before_you_open", "clinic_facts", "clinic_zone", "holidays", "usual_clinic")
    pages = [reverse(name) for name in (*names, "walk_through", "heard_from", "mail_test")]
    return client_for(cast.manager), [*pages, reverse("heard_from_change", args=[place.pk])]


def who_sells(cast: Cast) -> Start:
    package, service = Package.objects.earliest("pk"), Service.objects.earliest("pk")
    pages = [reverse("desk_add_service"), reverse("desk_add_package")]
    pages += [reverse("desk_package_terms", args=[package.pk])]
    return client_for(cast.manager), [*pages, reverse("desk_change_service", args=[service.code])]


def moving_in(cast: Cast) -> Start:
    run = ImportRun.objects.create(
        status="judged", zone="America/New_York", made_at=NOW, by=cast.admin,
        files={"patients": {"format": "template", "unread": ["Notes"], "rows": 1}},
        words={"services": {"Eval": ""}, "clinicians": {"NK": ""}, "packages": {}},
    )  # fmt: skip
    known = {"name": cast.patient.name, "phone": cast.patient.phone, "email": cast.patient.email}
    cells = {**known, "interpreter": ""}
    ImportRow.objects.create(
        run=run, kind="patients", line=2, status="unclear", reason="who", cells=cells
    )
    page = reverse("moving_in_run", args=[run.pk])
    return client_for(cast.admin), [reverse("moving_in"), page, reverse("export_everything")]


def with_rows_moved_in(cast: Cast) -> Start:
    run = ImportRun.objects.create(
        status="imported", zone="America/New_York", made_at=NOW, by=cast.admin, imported_at=NOW,
        undo_until=NOW + DAY,
    )  # fmt: skip
    ImportRow.objects.create(
        run=run, kind="visits", line=2, status="waits", reason="no_room", cells={"service": "Eval"},
        patient=cast.patient,
    )  # fmt: skip
    return client_for(cast.manager), [reverse("desk_moved_in")]


def asking_for_a_record(cast: Cast) -> Start:
    return client_for(cast.manager), [reverse("desk_record", args=[cast.patient.pk])]


def handing_over(cast: Cast) -> Start:
    page = reverse("hand_over", args=[cast.patient.pk])
    return client_for(cast.clinician.user), [page, reverse("rules_sign_off")]


PEOPLE: Mapping[str, Callable[[Cast], Start]] = {
    **{f"link {kind}": at_link(kind) for kind in LINKS},
    **{
        one.__name__.replace("_", " "): one
        for one in (
            before_the_second_step, own_sign_in, without_an_app, at_the_mailed_code,
            who_gives_access, with_rows_of_others, asked_about_rows, before_her_date_of_birth,
            in_her_record, in_a_package, who_may_book, with_a_wish, with_a_kept_time,
            at_her_check_in, at_an_emergency_of_her_check_in, with_symptoms_at_her_check_in,
            with_symptoms, before_the_questions, who_mistyped_her_email, at_an_emergency,
            on_the_telephone, before_the_telephone, put_aside, at_a_case, at_a_case_of_another,
            at_a_visit, at_a_package, at_a_closed_task, at_a_merge, erasing, in_an_emergency,
            before_an_emergency,
            at_the_hours, at_the_front_desk, at_an_emergency_of_the_front_desk,
            with_visits_to_confirm, booking_by_telephone, with_own_calendar,
            setting_up, who_sells, moving_in, with_rows_moved_in, asking_for_a_record,
            handing_over,
        )
    },
}  # fmt: skip
