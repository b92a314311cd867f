"""The meaning of our codes as a FHIR CodeSystem: the choices of both forms, and the rules."""

# mypy: disallow-any-explicit

from intake.fhir.parts import Resource, code_system
from intake.questionnaire.definition import CHECKIN, INTAKE
from intake.questionnaire.earlier_versions import VERSIONS, form_in
from intake.triage.rules import CHECKIN_RULES, INTAKE_RULES, RULES_VERSION

# Every version of questions or rules that a stored code can name.
KNOWN = {RULES_VERSION} | {form.version for forms in VERSIONS.values() for form in forms}


def code_system_resource(base: str, version: str) -> Resource:
    """Return the CodeSystem of this version, one of KNOWN, with the meaning of every code.

    Choices have the words of that version, rules those in force. It is a draft as long as no
    clinician has signed off questions and rules.
    """
    # The same choice id can belong to several questions: its meanings are listed together.
    meanings: dict[str, list[str]] = {}
    forms = [form_in(form.id, version) for form in (INTAKE, CHECKIN)]
    for question in (question for form in forms for question in form.questions):
        for choice in question.choices:
            meanings.setdefault(choice.id, []).append(f"{question.id}: {choice.text}")
    for rule in (*INTAKE_RULES, *CHECKIN_RULES):
        meanings[rule.id] = [f"{rule.level}: {rule.why or rule.told}"]
    return {
        "resourceType": "CodeSystem",
        "url": code_system(base, version),
        "version": version,
        "name": "RunReady",
        "status": "draft",
        "content": "complete",
        "caseSensitive": True,
        "concept": [
            {"code": code, "definition": "; ".join(said)} for code, said in meanings.items()
        ],
    }
