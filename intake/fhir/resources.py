"""Rows of the clinic as FHIR resources, one function each. They neither query nor write."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from booking.models import Appointment, Referral
from clinic.models.people import Patient
from intake.fhir.parts import NEEDS_INTERPRETER, Resource, coding, plain
from intake.flags.labels import MARK_WORDS
from intake.models import Decision, Flag
from intake.triage.rules import rule, rule_name

# FHIR's words for the status of a visit. A released hold has none: it is not exported.
STATUS = {
    Appointment.Status.HELD: "pending",
    Appointment.Status.BOOKED: "booked",
    Appointment.Status.ARRIVED: "arrived",
    Appointment.Status.COMPLETED: "fulfilled",
    Appointment.Status.NO_SHOW: "noshow",
    Appointment.Status.CANCELLED: "cancelled",
}


def urn(key: object) -> str:
    """Return the name by which resources of one bundle refer to each other."""
    return f"urn:uuid:{key}"


def instant(moment: datetime) -> str:
    """Return the moment in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def patient_resource(patient: Patient) -> Resource:
    """Return a Patient: name, contact data, date of birth, interpreter; empty data is left out."""
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
    if patient.interpreter:
        resource["communication"] = [{"language": {"text": plain(patient.interpreter)}}]
        resource["extension"] = [{"url": NEEDS_INTERPRETER, "valueBoolean": True}]
    return resource


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


def bundle_resource(resources: Iterable[Resource], now: datetime) -> Resource:
    """Return a Bundle, a collection of these resources; each of them needs an id."""
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": instant(now),
        "entry": [{"fullUrl": urn(one["id"]), "resource": one} for one in resources],
    }
