"""The parts of a whole record about contact, visits, packages and money, wishes and mail."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from booking.billing.queries import DeskPackage, desk_package
from booking.models import Appointment, EarlierWish, Payment
from booking.scheduling.queries import current_referral
from clinic.identity.phone_words import phone_in_words
from clinic.messages.history import mails_sent_to
from clinic.models.people import Patient
from clinic.templatetags.look import day, dollars, in_full
from intake.emergency_contact.actions import ContactDetails
from intake.models import VisitRecord
from intake.whole_record.care import findings_blocks
from intake.whole_record.parts import (
    RecordBlock,
    RecordEntry,
    RecordLine,
    RecordPart,
    filled,
    lines_of,
)

CONTACT, PERMISSION, VISITS = "contact", "may book", "visits"
PACKAGES, WISHES, MAILS = "packages", "wishes", "mails"


def contact_part(patient: Patient, emergency: ContactDetails | None) -> RecordPart:
    """Return who she is, how she is reached, and whom to call when nobody reaches her."""
    born = date_format(patient.born_on, "F j, Y") if patient.born_on else ""
    off = patient.no_reminders_since
    own = lines_of(
        (_("Name"), patient.name),
        (_("Date of birth"), born),
        (_("Phone"), phone_in_words(patient.phone) if patient.phone else ""),
        (_("E-mail"), patient.email),
        (_("Interpreter"), patient.interpreter),
        (_("Known to us since"), day(patient.created_at)),
        (_("No reminders since"), day(off) if off else ""),
    )
    entries = [RecordEntry(blocks=filled(RecordBlock("", own)))]
    if emergency is not None:
        said = _("Yes") if emergency.may_say_care else _("No")
        lines = lines_of(
            (_("Name"), emergency.name),
            (_("Phone"), phone_in_words(emergency.phone) if emergency.phone else ""),
            (_("Who that is"), emergency.relation),
            (_("Where you live"), emergency.address),
            (_("May hear that it is about your care"), said if emergency.name else ""),
        )
        title = _("Whom we call if we cannot reach you")
        entries.append(RecordEntry(title, blocks=filled(RecordBlock("", lines))))
    return RecordPart(CONTACT, _("You, and how we reach you"), entries)


def permission_part(patient: Patient) -> RecordPart:
    """Return what she may book at present."""
    referral = current_referral(patient)
    if referral is None:
        return RecordPart(PERMISSION, _("What you may book"))
    opens = (referral.evaluation_opens_on, referral.run_ready_opens_on)
    evaluation, program = (day(one) if one else _("not open now") for one in opens)
    lines = lines_of(
        (_("Evaluation, from"), evaluation),
        (_("Run Ready, from"), program),
        (_("Until"), day(referral.expires_on)),
    )
    return RecordPart(
        PERMISSION, _("What you may book"), [RecordEntry(blocks=[RecordBlock("", lines)])]
    )


def visits_part(
    patient: Patient, records: Mapping[UUID, VisitRecord], *, with_team_notes: bool
) -> RecordPart:
    """Return every visit that was booked, whatever became of it; `records` are by visit."""
    rows = patient.appointments.agreed().select_related("service", "clinician")
    rows = rows.prefetch_related("payments__words")
    entries = []
    for visit in rows.order_by("starts_at"):
        blocks = [RecordBlock("", _visit_lines(visit, with_team_notes=with_team_notes))]
        if payments := list(visit.payments.all()):
            blocks.append(_payments_block(payments, with_team_notes=with_team_notes))
        if visit.pk in records:
            blocks += findings_blocks(records[visit.pk], with_team_notes=with_team_notes)
        title = _("%(service)s, %(when)s") % {
            "service": _visit_name(visit),
            "when": in_full(visit.starts_at),
        }
        entries.append(RecordEntry(title, blocks=blocks))
    return RecordPart(VISITS, _("Your visits, and what was found"), entries)


def _visit_name(visit: Appointment) -> str:
    if visit.visit_number is None:
        return visit.service.name
    return _("Visit %(n)s: %(name)s") % {"n": visit.visit_number, "name": visit.service.name}


def _visit_lines(visit: Appointment, *, with_team_notes: bool) -> list[RecordLine]:
    cancelled = ""
    if visit.status == Appointment.Status.CANCELLED and visit.cancelled_at is not None:
        words = _("by us, %(when)s") if visit.cancelled_by_clinic else _("by you, %(when)s")
        cancelled = words % {"when": in_full(visit.cancelled_at)}
    told = visit.told_words
    if told and visit.told_at is not None:
        told = _("%(what)s, %(when)s") % {"what": told, "when": in_full(visit.told_at)}
    wish = str(visit.get_exam_wish_display()) if visit.exam_wish else ""
    # A visit of a package is paid with the package.
    price = dollars(visit.price_cents) if visit.enrollment_id is None else ""
    return lines_of(
        (_("With"), visit.clinician.name),
        (_("What became of it"), str(visit.get_status_display())),
        (_("Booked"), in_full(visit.booked_at) if visit.booked_at else ""),
        (_("Cancelled"), cancelled),
        (_("Price"), price),
        (_("What you wish about an exam"), wish),
        (_("What you told us"), told),
        (_("Why outside the usual spacing"), visit.early_reason if with_team_notes else ""),
        (_("Why beside another visit"), (visit.overlap_reason or "") if with_team_notes else ""),
    )


def packages_part(patient: Patient, now: datetime, *, with_team_notes: bool) -> RecordPart:
    """Return her packages with what was paid and what became of each visit of them."""
    rows = patient.enrollments.select_related("policy", "referral").order_by("enrolled_at")
    packages = [desk_package(one, now) for one in rows]
    return RecordPart(
        PACKAGES,
        _("Packages and payments"),
        [_package_entry(one, with_team_notes=with_team_notes) for one in packages],
    )


def _package_entry(package: DeskPackage, *, with_team_notes: bool) -> RecordEntry:
    bought = package.enrollment
    ended = ""
    if bought.ended_at is not None:
        ended = f"{bought.get_ending_display()}, {day(bought.ended_at)}"
    credited = dollars(bought.credited_cents) if bought.credited_cents else ""
    lines = lines_of(
        (_("Price"), dollars(bought.price_cents)),
        (_("Evaluation counted as visit 1"), credited),
        (_("Paid in all"), dollars(package.paid)),
        (_("Still to pay"), dollars(package.due) if package.due else ""),
        (_("Visits left to book"), str(package.view.left)),
        (_("Use them by"), day(package.view.use_by) if package.view.use_by else ""),
        (_("Ended"), ended),
        (_("Why"), bought.ending_reason if with_team_notes else ""),
    )

    def line(at: datetime, what: str, reason: str) -> RecordLine:
        return _dated(at, what, reason if with_team_notes else "")

    return RecordEntry(
        _("%(name)s, joined %(when)s")
        % {"name": bought.version.name, "when": day(bought.enrolled_at)},
        blocks=filled(
            RecordBlock("", lines),
            _payments_block(package.payments, with_team_notes=with_team_notes),
            RecordBlock(
                _("What became of the visits"),
                [
                    line(row.entry.at, str(row.entry.get_kind_display()), row.entry.reason)
                    for row in package.rows
                ],
            ),
            RecordBlock(
                _("Days added"),
                [
                    line(one.at, f"{one.get_kind_display()}: {one.days}", one.reason)
                    for one in package.added
                ],
            ),
        ),
    )


def _dated(at: datetime, what: str, reason: str) -> RecordLine:
    return RecordLine(day(at), (what, reason) if reason else (what,))


def _payments_block(payments: Sequence[Payment], *, with_team_notes: bool) -> RecordBlock:
    lines = [
        _dated(one.at, _payment_words(one), one.reason if with_team_notes else "")
        for one in payments
    ]
    return RecordBlock(_("Payments"), lines)


def _payment_words(payment: Payment) -> str:
    words = {
        "what": payment.get_kind_display(),
        "amount": dollars(payment.cents),
        "how": payment.get_method_display(),
    }
    return _("%(what)s: %(amount)s, %(how)s") % words


def wishes_part(patient: Patient) -> RecordPart:
    """Return when she wished for an earlier time, and what she was offered."""
    wishes = EarlierWish.objects.filter(patient=patient).select_related("service")
    entries = []
    for wish in wishes.prefetch_related("offers__clinician"):
        until = day(wish.closed_at) if wish.closed_at else ""
        lines = lines_of((_("Since"), day(wish.made_at)), (_("Until"), until))
        offers = [
            RecordLine(in_full(one.starts_at), (one.clinician.name, str(one.get_outcome_display())))
            for one in sorted(wish.offers.all(), key=lambda one: one.offered_at)
        ]
        entries.append(
            RecordEntry(
                wish.service.name,
                blocks=filled(RecordBlock("", lines), RecordBlock(_("Offered"), offers)),
            )
        )
    return RecordPart(WISHES, _("Earlier times you wished for"), entries)


def mails_part(patient: Patient) -> RecordPart:
    """Return what mail was sent to her, and when: kinds, no texts."""
    lines = [RecordLine(in_full(one.at), (one.name,)) for one in mails_sent_to(patient)]
    entries = [RecordEntry(blocks=[RecordBlock("", lines)])] if lines else []
    return RecordPart(MAILS, _("Mail we sent you"), entries)
