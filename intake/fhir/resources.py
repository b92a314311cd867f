"""Rows of the clinic as FHIR resources, one function each. They neither query nor write."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid5

from django.utils.translation import gettext as _

from booking.models import Appointment, Enrollment, Payment, Referral
from booking.policy import owed_for_visit
from clinic.messages.history import SentMail
from clinic.models.people import Patient
from intake.concerns.task_kinds import outcome_of
from intake.fhir.parts import NEEDS_INTERPRETER, Resource, coding, plain
from intake.flags.labels import MARK_WORDS
from intake.models import Decision, Flag, Task, VisitRecord
from intake.triage.rules import rule, rule_name
from intake.visit_records.batteries import ITEMS, Item, Recorded, result_of
from intake.visit_records.queries import findings_of
from intake.visit_records.walk_run import STAGES
from intake.visit_records.words import stage_words

# FHIR's words for the status of a visit. A released hold has none: it is not exported.
STATUS = {
    Appointment.Status.HELD: "pending",
    Appointment.Status.BOOKED: "booked",
    Appointment.Status.ARRIVED: "arrived",
    Appointment.Status.COMPLETED: "fulfilled",
    Appointment.Status.NO_SHOW: "noshow",
    Appointment.Status.CANCELLED: "cancelled",
}
CURRENCY = "USD"
# FHIR's words for how far a task is.
_TASK_STATUS = {
    Task.Status.OPEN: "requested",
    Task.Status.UNREACHED: "requested",
    Task.Status.DONE: "completed",
}


def urn(key: object) -> str:
    """Return the name by which resources of one bundle refer to each other."""
    return f"urn:uuid:{key}"


def instant(moment: datetime) -> str:
    """Return the moment in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def patient_resource(patient: Patient, emergency: Mapping[str, Any] | None = None) -> Resource:
    """Return a Patient: name, contact data, date of birth, interpreter; empty data is left out.

    `emergency` is the content of her emergency contact; the address in it is her own.
    """
    reached = {"phone": patient.phone, "email": patient.email}
    telecom = [{"system": system, "value": value} for system, value in reached.items() if value]
    resource: Resource = {
        "resourceType": "Patient",
        "id": str(patient.pk),
        "name": [{"text": plain(patient.name)}],
    }
    if telecom:
        resource["telecom"] = telecom
    if patient.born_on is not None:
        resource["birthDate"] = patient.born_on.isoformat()
    if emergency is not None:
        resource |= _emergency(emergency)
    if patient.interpreter:
        resource["communication"] = [{"language": {"text": plain(patient.interpreter)}}]
        resource["extension"] = [{"url": NEEDS_INTERPRETER, "valueBoolean": True}]
    return resource


def _emergency(content: Mapping[str, Any]) -> Resource:
    """Return whom to call and where she lives, as elements of a Patient."""
    found: Resource = {}
    if address := plain(content.get("address", "")):
        found["address"] = [{"use": "home", "text": address}]
    person: Resource = {}
    if name := plain(content.get("name", "")):
        person["name"] = {"text": name}
    if phone := content.get("phone", ""):
        person["telecom"] = [{"system": "phone", "value": phone}]
    if relation := plain(content.get("relation", "")):
        person["relationship"] = [{"text": relation}]
    return {**found, "contact": [person]} if person else found


def flag_resource(
    flag: Flag, base: str, version: str, sent_at: datetime, *, is_active: bool
) -> Resource:
    """Return a Flag, of a rule or added by hand; active while its concern is not resolved."""
    return {
        "resourceType": "Flag",
        "id": str(flag.pk),
        "status": "active" if is_active else "inactive",
        "category": [{"text": flag.get_level_display()}],
        "code": {"coding": [_rule_coding(base, version, flag.rule)], "text": _says(flag)},
        "subject": {"reference": urn(flag.intake.patient_id)},
        "period": {"start": instant(flag.added_at or sent_at)},
    }


def _rule_coding(base: str, version: str, rule_id: str) -> Resource:
    """Return the Coding of a rule, with its name for people if it has one."""
    name = rule_name(rule_id)
    return coding(base, version, rule_id, "" if name == rule_id else name)


def _says(flag: Flag) -> str:
    """Return what a flag says: the clinician's words, or those the rule has for the patient."""
    if flag.is_by_hand:
        return plain(flag.words["text"])
    try:
        return rule(flag.rule).told
    except KeyError:  # not a rule of the present version, or the answers could not be judged
        return str(flag.rule)


def decision_resource(
    decision: Decision, base: str, version: str, *, with_team_note: bool
) -> Resource:
    """Return a ClinicalImpression for a signed decision.

    It holds mark and reason of each flag, the next act, what the patient was told, and the note
    for the team if `with_team_note`. A withdrawn decision is marked as entered in error.
    """
    content = decision.content
    reasons = content.get("reasons", {})
    findings: list[Resource] = []
    for rule_id, mark in content["marks"].items():
        code = {
            "coding": [_rule_coding(base, version, rule_id)],
            "text": str(MARK_WORDS[mark]),
        }
        reason = plain(reasons.get(rule_id, ""))
        findings.append({"itemCodeableConcept": code, **({"basis": reason} if reason else {})})
    resource: Resource = {
        "resourceType": "ClinicalImpression",
        "id": str(decision.pk),
        "status": "entered-in-error" if decision.withdrawn_at else "completed",
        "subject": {"reference": urn(decision.intake.patient_id)},
        "date": instant(decision.decided_at),
        "assessor": {"display": plain(decision.decided_by.get_full_name())},
        "summary": str(decision.get_next_act_display()),
    }
    if findings:
        resource["finding"] = findings
    notes = [*content.get("told", []), content.get("note", "") if with_team_note else ""]
    if said := [{"text": text} for one in notes if (text := plain(one))]:
        resource["note"] = said
    return resource


def referral_resource(referral: Referral, today: date) -> Resource:
    """Return a ServiceRequest for the permission to book; on hold while nothing can be booked.

    It never stands for the mark "referred" on a flag.
    """
    services = {
        "evaluation": referral.evaluation_opens_on,
        "run_ready": referral.run_ready_opens_on,
    }
    opens = {name: day for name, day in services.items() if day is not None}
    # On its last day the referral is still valid.
    is_live = bool(opens) and referral.expires_on >= today
    resource: Resource = {
        "resourceType": "ServiceRequest",
        "id": str(referral.pk),
        "status": "active" if is_live else "on-hold",
        "intent": "order",
        "code": {"text": "Physical therapy after a birth"},
        "orderDetail": [{"text": f"{name} from {day}"} for name, day in opens.items()],
        "subject": {"reference": urn(referral.patient_id)},
        "occurrencePeriod": {"end": referral.expires_on.isoformat()},
        "authoredOn": instant(referral.made_at),
    }
    # "intake:<id>" for a referral from a form. One that the desk wrote refers to no form.
    kind, _, key = referral.because_of.partition(":")
    if kind == "intake":
        resource["supportingInfo"] = [{"reference": urn(key)}]
    # FHIR allows no empty list.
    return {name: value for name, value in resource.items() if value != []}


def appointment_resource(visit: Appointment) -> Resource:
    """Return an Appointment for a visit. Raises KeyError for a released hold."""
    return {
        "resourceType": "Appointment",
        "id": str(visit.pk),
        "status": STATUS[Appointment.Status(visit.status)],
        "serviceType": [{"text": plain(visit.service.name)}],
        "start": instant(visit.starts_at),
        "end": instant(visit.ends_at),
        "participant": [
            {"actor": {"reference": urn(visit.patient_id)}, "status": "accepted"},
            {"actor": {"display": plain(visit.clinician.name)}, "status": "accepted"},
        ],
    }


def findings_resources(record: VisitRecord, *, with_team_notes: bool) -> Iterator[Resource]:
    """Yield an Observation for each test of a signed record, and a CarePlan for what was agreed."""
    found, visit = findings_of(record), record.appointment
    subject = {"reference": urn(visit.patient_id)}
    signer = {"display": plain(record.saved_by.get_full_name())}
    for key, test in found.items.items():
        yield {
            "resourceType": "Observation",
            # The same test of the same record has the same id in every export.
            "id": str(uuid5(record.pk, key)),
            "status": "final" if record.revision == 1 else "amended",
            "code": {"text": ITEMS[key].name},
            "subject": subject,
            "effectiveDateTime": instant(visit.starts_at),
            "issued": instant(record.saved_at),
            "performer": [signer],
            "interpretation": [{"text": result_of(ITEMS[key], test).replace("_", " ")}],
            "component": list(_components(ITEMS[key], test)),
        }
    stage = f"{found.stage}: {stage_words(STAGES[found.stage])}" if found.stage is not None else ""
    reasons = (found.note, found.early_reason, found.impact_reason, found.stage_reason)
    for_team = reasons if with_team_notes else ()
    notes = [text for one in (stage, *for_team) if (text := plain(one))]
    if not found.home_plan and not notes:
        return
    plan: Resource = {
        "resourceType": "CarePlan",
        "id": str(record.pk),
        "status": "unknown",
        "intent": "plan",
        "title": _("Until your next visit"),
        "subject": subject,
        "created": instant(record.saved_at),
        "author": signer,
    }
    if described := plain(found.home_plan):
        plan["description"] = described
    yield {**plan, "note": [{"text": text} for text in notes]} if notes else plan


def _components(item: Item, test: Recorded) -> Iterator[Resource]:
    names = ("left", "right") if item.is_sided else ("overall",)
    for name, amount in zip(names, test.amounts(item), strict=True):
        if amount is not None:
            quantity = {"value": amount, "unit": item.unit}
            yield {"code": {"text": name}, "valueQuantity": quantity}
    if test.pain is not None:
        yield {"code": {"text": "pain, 0 to 10"}, "valueInteger": test.pain}
    for name in ("leak", "heaviness", "limp"):
        yield {"code": {"text": name}, "valueBoolean": getattr(test, name)}


def package_invoice(package: Enrollment, owed: int) -> Resource:
    """Return an Invoice for a package that costs `owed` cents, with what was paid in its notes."""
    version = package.version
    return _invoice(
        package,
        what=f"{version.name}, {version.visit_count} visits",
        since=package.enrolled_at,
        price=package.price_cents,
        owed=owed,
    )


def visit_invoice(visit: Appointment) -> Resource:
    """Return an Invoice for a visit with a price of its own, with what was paid in its notes."""
    price = visit.price_cents or 0
    owed = owed_for_visit(visit.status, price)
    since = visit.booked_at or visit.starts_at
    return _invoice(visit, what=visit.service.name, since=since, price=price, owed=owed)


def _invoice(
    paid_for: Enrollment | Appointment, *, what: str, since: datetime, price: int, owed: int
) -> Resource:
    payments = list(paid_for.payments.all())
    paid = sum(one.signed_cents for one in payments)
    status = "balanced" if paid >= owed else "issued"
    # Nothing is owed for a visit that did not take place, and nothing was paid.
    if not owed and not payments:
        status = "cancelled"
    invoice: Resource = {
        "resourceType": "Invoice",
        "id": _invoice_id(paid_for),
        "status": status,
        "type": {"text": what},
        "subject": {"reference": urn(paid_for.patient_id)},
        "date": instant(since),
        "totalGross": _money(price),
    }
    notes = [{"time": instant(one.at), "text": _payment_words(one)} for one in payments]
    # FHIR allows no empty list.
    return {**invoice, "note": notes} if notes else invoice


def _invoice_id(paid_for: Enrollment | Appointment) -> str:
    """Return the id of the invoice: no other resource of a bundle may have the same."""
    if isinstance(paid_for, Enrollment):
        return str(paid_for.pk)
    return str(uuid5(paid_for.pk, "invoice"))


def _money(cents: int) -> Resource:
    return {"value": cents / 100, "currency": CURRENCY}


def _payment_words(payment: Payment) -> str:
    amount = f"{payment.cents / 100:.2f} {CURRENCY}"
    return f"{payment.get_kind_display()}: {amount}, {payment.get_method_display()}"


def task_resource(task: Task) -> Resource:
    """Return a Task for what the clinic owed her, with what came of it."""
    resource: Resource = {
        "resourceType": "Task",
        "id": str(task.pk),
        "status": _TASK_STATUS[Task.Status(task.status)],
        "intent": "order",
        "description": str(task.get_kind_display()),
        "for": {"reference": urn(task.patient_id)},
        "authoredOn": instant(task.created_at),
    }
    if task.closed_at is not None:
        resource["lastModified"] = instant(task.closed_at)
        resource["businessStatus"] = {"text": _(outcome_of(task.kind, task.outcome).words)}
    return resource


def mail_resource(mail: SentMail, patient: Patient) -> Resource:
    """Return a Communication for a mail that was sent to her: its kind, never its text."""
    return {
        "resourceType": "Communication",
        "id": str(mail.row.pk),
        "status": "completed",
        "medium": [{"text": "e-mail"}],
        "topic": {"text": mail.name},
        "subject": {"reference": urn(patient.pk)},
        "recipient": [{"reference": urn(patient.pk)}],
        "sent": instant(mail.at),
    }


def bundle_resource(resources: Iterable[Resource], now: datetime) -> Resource:
    """Return a Bundle, a collection of these resources; each of them needs an id."""
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": instant(now),
        "entry": [{"fullUrl": urn(one["id"]), "resource": one} for one in resources],
    }
