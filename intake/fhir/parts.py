"""The parts that resources share: codes, addresses, the types of answers.

`base` is the address of the clinic's site (SITE_URL), where a reader of an export can look up what
a code means. A code is a choice id and is read together with the question it answers.
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

# By kind of question: the element that holds an answer, and FHIR's name of the type.
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
    """Return the address that names the codes of this version of questions or rules."""
    return f"{base}{CODE_SYSTEM}{version}"


def coding(base: str, version: str, code: str, display: str = "") -> Resource:
    """Return the Coding of one of our codes, with `display` for people where it is given."""
    found = {"system": code_system(base, version), "code": code}
    return {**found, "display": display} if display else found


def questionnaire_url(base: str, form: Questionnaire) -> str:
    """Return the canonical address of a form without its version."""
    return f"{base}{QUESTIONNAIRE}{form.id}"


def group_id(slug: str) -> str:
    """Return the linkId of a section. That of a question is its id."""
    return f"section.{slug}"


def plain(text: str) -> str:
    """Return the text, stripped, with a space for each control character that FHIR forbids."""
    return "".join(one if one >= " " or one in "\t\r\n" else " " for one in text).strip()
