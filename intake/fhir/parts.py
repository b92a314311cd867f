"""What every resource is made of.

`base` is the clinic's own address (SITE_URL): whoever reads an export finds there what a code
means. A code is a choice id and is read together with the question it answers.
"""

# mypy: disallow-any-explicit

from typing import Any

from intake.questionnaire.definition import Questionnaire

# JSON of any depth: a type for each resource would copy the whole standard.
Resource = dict[str, Any]  # type: ignore[explicit-any]

CODE_SYSTEM = "/fhir/CodeSystem/"
QUESTIONNAIRE = "/fhir/Questionnaire/"
# HL7, FHIR R4B, extension of Patient.
NEEDS_INTERPRETER = "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired"

# Which element of an answer holds it, and what a question's type is called.
VALUE_OF = {
    "multi": "valueCoding",
    "single": "valueCoding",
    "scale": "valueInteger",
    "integer": "valueInteger",
    "date": "valueDate",
    "text": "valueString",
}
TYPE_OF = {
    "multi": "choice",
    "single": "choice",
    "scale": "integer",
    "integer": "integer",
    "date": "date",
    "text": "text",
}


def code_system(base: str, version: str) -> str:
    """Return the name of the codes of this version of questions or rules."""
    return f"{base}{CODE_SYSTEM}{version}"


def coding(base: str, version: str, code: str, display: str = "") -> Resource:
    """Return a code of ours, with the words people read."""
    found = {"system": code_system(base, version), "code": code}
    return {**found, "display": display} if display else found


def questionnaire_url(base: str, form: Questionnaire) -> str:
    """Return the canonical address of a form, without its version."""
    return f"{base}{QUESTIONNAIRE}{form.id}"


def group_id(slug: str) -> str:
    """Return the linkId of a section; those of questions are their ids."""
    return f"section.{slug}"


def plain(text: str) -> str:
    """Return the text without the control characters that no resource may hold."""
    return "".join(one if one >= " " or one in "\t\r\n" else " " for one in text).strip()
