"""Answers as a FHIR QuestionnaireResponse, and responses from elsewhere read back."""

# mypy: disallow-any-explicit

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from intake.fhir.parts import (
    CODE_SYSTEM,
    NEEDS_INTERPRETER,
    QUESTIONNAIRE,
    VALUE_OF,
    Resource,
    coding,
    group_id,
    plain,
    questionnaire_url,
)
from intake.questionnaire.answers import Answers, parse_date
from intake.questionnaire.definition import Question, Questionnaire
from intake.questionnaire.earlier_versions import VERSIONS
from intake.triage.strict_json import read_json

MOST_BYTES = 1_000_000
DEEPEST = 40
ACCEPTED = ("completed", "amended")


class NotAResponse(Exception):
    """The file is not a response that can be judged. The message says why and repeats no answer."""


@dataclass(frozen=True)
class Person:
    """Who a response says it is about, as written there; what it does not say is empty."""

    name: str = ""
    email: str = ""
    phone: str = ""
    born_on: date | None = None
    interpreter: str = ""


@dataclass(frozen=True)
class Received:
    """A response as it came: raw answers by question id, when it was written, and about whom.

    `version` is the version of the form that it answers.
    """

    raw: Mapping[str, object]
    authored: str
    person: Person
    version: str


def response_resource(answers: Answers, base: str) -> Resource:
    """Return effective answers as a completed response, without questions that have no answer."""
    form = answers.questionnaire
    groups = [
        {
            "linkId": group_id(section.slug),
            "text": section.title,
            "item": [_item(one, answers, base) for one in section.questions if _has(one, answers)],
        }
        for section in form.sections
    ]
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{questionnaire_url(base, form)}|{form.version}",
        "status": "completed",
        "item": [group for group in groups if group["item"]],
    }


def _has(question: Question, answers: Answers) -> bool:
    """Tell whether the question has an answer to export: FHIR allows no empty string."""
    value = answers.values.get(question.id)
    return value is not None and (question.kind != "text" or plain(str(value)) != "")


def _item(question: Question, answers: Answers, base: str) -> Resource:
    value = answers.values[question.id]
    # Only questions with several choices have a tuple.
    members = value if isinstance(value, tuple) else (value,)
    words = {choice.id: choice.text for choice in question.choices}
    version = answers.questionnaire.version
    said: list[object] = [
        coding(base, version, str(one), words[str(one)]) if words else one for one in members
    ]
    if question.kind == "text":
        said = [plain(str(value))]
    key = VALUE_OF[question.kind]
    return {"linkId": question.id, "text": question.text, "answer": [{key: one} for one in said]}


def read_response(text: bytes, form: Questionnaire) -> Received:
    """Return the answers in a file, with its date and its person. Raises NotAResponse.

    Answers come back as a form would have posted them, for the same cleaning. What is unreadable,
    of the wrong type or a code of another clinic stays as something that is not a listed choice:
    next to "none" it must not read as none. Unknown questions are ignored. The host in the address
    of our codes may differ, since a clinic may move to another one.
    """
    if len(text) > MOST_BYTES:
        raise NotAResponse("The file is larger than one megabyte.")
    try:
        found = read_json(text)
    except ValueError:
        raise NotAResponse("The file cannot be read as JSON.") from None
    _refuse_unsafe(found)
    # read_json returns an object that gives a name twice as a list of pairs.
    if not isinstance(found, dict):
        raise NotAResponse("The file is not one JSON object that gives each name once.")
    if found.get("resourceType") != "QuestionnaireResponse":
        raise NotAResponse("The file is not a QuestionnaireResponse.")
    if found.get("status") not in ACCEPTED:
        raise NotAResponse(f"The status must be one of: {', '.join(ACCEPTED)}.")
    answered = _form_named(found.get("questionnaire"), form)
    authored = found.get("authored")
    return Received(
        raw=_raw(found, answered),
        authored=authored[:40] if isinstance(authored, str) else "",
        person=_person(found),
        version=answered.version,
    )


def _form_named(canonical: object, form: Questionnaire) -> Questionnaire:
    """Return the form in the version that a response names, in force if it names none.

    Refuses another form, and a version that never was.
    """
    if canonical is None:
        return form
    address, _, version = str(canonical).partition("|")
    if not address.endswith(QUESTIONNAIRE + form.id):
        raise NotAResponse(f"The response belongs to another form than {form.id}.")
    known = {one.version: one for one in VERSIONS[form.id]}
    if version and version not in known:
        raise NotAResponse(f"The response belongs to another version than {', '.join(known)}.")
    return known.get(version, form)


def _raw(response: Resource, form: Questionnaire) -> dict[str, object]:
    """Return the answers by question id; those of a question given twice are put together."""
    said: dict[str, list[object]] = {}
    known = {question.id: question for question in form.questions}
    # A code means the same in every version of a form.
    systems = tuple(CODE_SYSTEM + one.version for one in VERSIONS[form.id])
    for link_id, answers in _items(response):
        if link_id in known:
            read = [_member(known[link_id], one, systems) for one in answers]
            said.setdefault(link_id, []).extend(read)
    # Two answers to a question that takes one stay a list, which the cleaning rejects.
    return {
        link_id: members if known[link_id].kind == "multi" or len(members) > 1 else members[0]
        for link_id, members in said.items()
        if members
    }


def _items(response: Resource) -> Iterator[tuple[str, list[object]]]:
    """Yield (linkId, answers) of every item, in items and in answers, however deep they are."""
    # A list of what is still to be visited in place of recursion.
    waiting: list[object] = [response]
    while waiting:
        holder = waiting.pop()
        if not isinstance(holder, dict):
            continue
        items = holder.get("item", [])
        answers = holder.get("answer", [])
        if not isinstance(items, list) or not isinstance(answers, list):
            raise NotAResponse("An item or an answer is not a list.")
        waiting += [*items, *answers]
        link_id = holder.get("linkId")
        if isinstance(link_id, str):
            yield link_id, answers


def _member(question: Question, answer: object, systems: tuple[str, ...]) -> object:
    """Return one answer as it would have been posted, or as it came if it cannot be read."""
    value = answer.get(VALUE_OF[question.kind]) if isinstance(answer, dict) else None
    if value is None:
        return answer
    if VALUE_OF[question.kind] != "valueCoding":
        return value
    code = value.get("code") if isinstance(value, dict) else None
    if not isinstance(code, str):
        return answer
    system = value.get("system")
    # Without a system a code is taken for ours.
    is_ours = system is None or str(system).endswith(systems)
    return code if is_ours else f"{system}|{code}"


def _person(response: Resource) -> Person:
    """Return the contained patient whom the subject refers to, or else the subject's name."""
    subject = response.get("subject")
    subject = subject if isinstance(subject, dict) else {}
    contained = response.get("contained")
    for one in contained if isinstance(contained, list) else []:
        is_subject = isinstance(one, dict) and subject.get("reference") == f"#{one.get('id')}"
        if is_subject and one.get("resourceType") == "Patient":
            return Person(
                name=_name(one.get("name")),
                email=_telecom(one.get("telecom"), "email"),
                phone=_telecom(one.get("telecom"), "phone"),
                born_on=parse_date(one.get("birthDate")),
                interpreter=_interpreter(one),
            )
    return Person(name=_text(subject.get("display")))


def _name(names: object) -> str:
    """Return the first name as its text, or else given names and family name."""
    first = names[0] if isinstance(names, list) and names else None
    if not isinstance(first, dict):
        return ""
    given = first.get("given")
    parts = [*(given if isinstance(given, list) else []), first.get("family")]
    return _text(first.get("text")) or " ".join(filter(None, map(_text, parts)))


def _interpreter(patient: Resource) -> str:
    """Return the language for which an interpreter is required, "" if none is.

    A language alone does not say so: FHIR also lists those that need no interpreter.
    """
    extensions, languages = patient.get("extension"), patient.get("communication")
    needed = {"url": NEEDS_INTERPRETER, "valueBoolean": True}
    if not isinstance(extensions, list) or needed not in extensions:
        return ""
    first = languages[0] if isinstance(languages, list) and languages else None
    language = first.get("language") if isinstance(first, dict) else None
    return _text(language.get("text")) if isinstance(language, dict) else ""


def _telecom(telecoms: object, system: str) -> str:
    """Return the first contact of this system ("phone" or "email"), or ""."""
    for one in telecoms if isinstance(telecoms, list) else []:
        if isinstance(one, dict) and one.get("system") == system:
            return _text(one.get("value"))
    return ""


def _text(value: object) -> str:
    return plain(value) if isinstance(value, str) else ""


def _refuse_unsafe(found: object) -> None:
    """Refuse what the database or a page cannot hold: deep nesting, NUL, half a character."""
    # Level by level in place of recursion, which deep nesting would exhaust.
    level: list[object] = [found]
    for _ in range(DEEPEST):
        if not level:
            return
        inner: list[object] = []
        for value in level:
            if isinstance(value, str):
                _check_text(value)
            elif isinstance(value, dict):
                inner += [*value.keys(), *value.values()]
            elif isinstance(value, list | tuple):
                inner += value
        level = inner
    raise NotAResponse("The file is nested too deeply.")


def _check_text(value: str) -> None:
    # JSON can hold a lone surrogate, which is not a character in UTF-8.
    try:
        value.encode()
    except UnicodeEncodeError:
        raise NotAResponse("The file holds half of a character.") from None
    if "\x00" in value:
        raise NotAResponse("The file holds a NUL character.")
