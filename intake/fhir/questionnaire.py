"""A form as a FHIR Questionnaire."""

# mypy: disallow-any-explicit

from intake.fhir.parts import TYPE_OF, Resource, coding, group_id, questionnaire_url
from intake.questionnaire.conditions import All, Always, AnyOf, Condition, Either, Lacks
from intake.questionnaire.definition import Choice, Question, Questionnaire, Section

_EXTENSIONS = "http://hl7.org/fhir/StructureDefinition/"


def questionnaire_resource(form: Questionnaire, base: str) -> Resource:
    """Return a form as a Questionnaire: sections as groups, conditions as enableWhen.

    It is a draft as long as no clinician has signed off the questions.
    """
    return {
        "resourceType": "Questionnaire",
        "id": f"{form.id}-{form.version}",
        "url": questionnaire_url(base, form),
        "version": form.version,
        "name": form.id.capitalize(),
        "status": "draft",
        "subjectType": ["Patient"],
        "item": [_group(section, form, base) for section in form.sections],
    }


def _group(section: Section, form: Questionnaire, base: str) -> Resource:
    return {
        "linkId": group_id(section.slug),
        "text": section.title,
        "type": "group",
        "item": [_item(question, form, base) for question in section.questions],
    }


def _item(question: Question, form: Questionnaire, base: str) -> Resource:
    item: Resource = {
        "linkId": question.id,
        "text": question.text,
        "type": TYPE_OF[question.kind],
        "required": question.required,
        "repeats": question.kind == "multi",
    }
    if question.choices:
        item["answerOption"] = [_option(one, form, base) for one in question.choices]
    limits = {"minValue": question.minimum, "maxValue": question.maximum}
    if extensions := [
        {"url": _EXTENSIONS + name, "valueInteger": limit}
        for name, limit in limits.items()
        if limit is not None
    ]:
        item["extension"] = extensions
    return item | enable_when(question.shown, form, base)


def _option(choice: Choice, form: Questionnaire, base: str) -> Resource:
    option: Resource = {"valueCoding": coding(base, form.version, choice.id, choice.text)}
    if choice.exclusive:
        exclusive = {"url": _EXTENSIONS + "questionnaire-optionExclusive", "valueBoolean": True}
        option["extension"] = [exclusive]
    return option


def enable_when(shown: Condition, form: Questionnaire, base: str) -> Resource:
    """Return the elements of an item that say when its question is shown; none if it always is.

    Raises ValueError for a condition that enableWhen cannot express.
    """
    if isinstance(shown, Always):
        return {}
    if isinstance(shown, Lacks):
        # Two conditions, answered and not this choice: readers differ on whether an unanswered
        # question meets "!=" alone.
        answered = {"question": shown.question, "operator": "exists", "answerBoolean": True}
        other = _compared(shown.question, "!=", shown.choice, form, base)
        return {"enableWhen": [answered, other], "enableBehavior": "all"}
    if isinstance(shown, AnyOf | Either):
        # One list of "=" under "any" expresses them all, as long as no part is of another kind.
        parts = shown.parts if isinstance(shown, Either) else (shown,)
        if all(isinstance(part, AnyOf) for part in parts):
            equals = [
                _compared(part.question, "=", choice, form, base)
                for part in parts
                if isinstance(part, AnyOf)
                for choice in part.choices
            ]
            return {"enableWhen": equals, "enableBehavior": "any"}
    kind = "All" if isinstance(shown, All) else type(shown).__name__
    raise ValueError(f"enableWhen cannot say {kind}.")


def _compared(
    question: str, operator: str, choice: str, form: Questionnaire, base: str
) -> Resource:
    answer = coding(base, form.version, choice)
    return {"question": question, "operator": operator, "answerCoding": answer}
