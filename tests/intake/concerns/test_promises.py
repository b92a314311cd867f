"""What the clinic says it will do: each sentence has its task, or is kept somewhere else.

Every rule, and every sentence with a promise in the code or on a page, is typed here with what
follows from it. A new one fails until somebody has decided how the clinic keeps it.
"""

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from intake.concerns.actions import Firing, raise_concerns
from intake.models import Task
from intake.review import patient_message
from intake.triage.rules import CHECKIN_RULES, INTAKE_RULES, rule
from tests.cast import client_for, make_cast
from tests.factories import NOW
from tests.intake.checkins.checking_in import check_in, make_package, make_visit
from tests.intake.review.reviewing import decide, make_intake, make_row

# How a sentence is kept: the kind of task it creates, or one of these.
VISIT, REVIEW, NONE = "at the visit", "by the review", "no promise"
TASKS = {"urgent_call", "private_check_in", "own_doctor", "call_patient", "ask_patient"}

# Rules, by what their firing makes the clinic owe. Urgent ones: the page above them says
# "We will call you within 2 hours". Typed from docs/decisions/0051-concerns-and-tasks.md.
RULES = {
    "urgent_call": """
        U-CHEST U-BREATH U-SEIZURE U-STROKE U-FAINT U-PREECLAMPSIA U-HEADACHE U-VISION U-SWELLING
        U-SWELLING-BP U-CAUDA U-RETENTION U-FEVER U-SEPSIS U-BLEED U-DISCHARGE U-BELLY U-VOMIT
        U-CLOT U-WOUND U-BREAST U-TIRED U-PREGNANCY U-SELF-HARM U-BABY-HARM U-PSYCHOSIS
        U-CAUDA-COMBO U-BULGE-STUCK
        CU-CHEST CU-PSYCHOSIS CU-BLEED CU-BELLY CU-LEG CU-SADDLE CU-CAUDA CU-BULGE CU-MIND CU-HEAD
        CU-INFECT CU-WEAK CU-PREG
    """,
    "private_check_in": "R-MIND-SKIP R-MOOD-DAILY CR-MOOD",
    "own_doctor": "R-BLEED-BACK R-URINE-BLOOD R-BLEED-8WK CR-BLEED",
    # Red: a clinician reads the answers within a working day, and the visit does the rest.
    REVIEW: """
        R-DATA-SAFETY R-DATA-HIDDEN R-DATA-BIRTH R-TIME-RUN R-CLEAR-WAIT R-TEAR-SEVERE R-UNHEALED
        R-HEART-KIDNEY R-CLOT-HX R-PREGNANT R-LUMP R-LEAK-STOOL R-LEAK-CONSTANT R-LEAK-HEAVY
        R-HEAVY-DAILY R-HEAVY-OUTSIDE R-PROLAPSE-SX R-PESSARY-PROBLEM R-PAIN-SEVERE R-PAIN-REST
        R-PAIN-NERVE R-PAIN-BONE R-ENERGY R-RUN-LASTS
        CR-BULGE CR-STOOL CR-NERVE CR-BONE CR-LINGER CR-PREGNANT CR-PAIN CR-HEAVY CR-LEAK CR-LOAD
        CR-DATA
    """,
    VISIT: """
        C-DATA-MISSING C-CLEAR-LIMITS C-TEAR-UNKNOWN C-ASSISTED C-HX-BP C-HX-SURGERY C-DOMING C-CORE
        C-LEAK-GAS C-LEAK-MOD C-LEAK-MILD C-HEAVY-WEEKLY C-HEAVY-INSIDE C-HEAVY-UNSURE
        C-PROLAPSE-QUIET C-HX-BONE C-PAIN-MOD C-PAIN-IMPACT C-PAIN-SCAR C-RISK4 C-HX-EATING
        C-LOAD-WALK C-SLEEP C-TIRED C-FUEL C-MILK C-WORRY C-RACE-SOON C-CONFLICT C-TIME-LT12
        CC-RISE CC-WORRY CC-DATA
    """,
    # Advice. C-MOOD and C-MOOD-SKIP wait in a queue of their own, without a call.
    NONE: """
        C-TIME-LT6 C-TIME-RUN C-CLEAR-NONE C-BLEED-UNKNOWN C-ANEMIA C-URINE-BURN C-URINE-EMPTY
        C-PESSARY C-HEAVY-RARE C-PAIN-MILD C-PAIN-LIMP C-PAIN-PINPOINT C-PAIN-LINGER C-PAIN-PELVIC
        C-NO-PERIOD C-LOAD-SHORT C-LOAD-IMPACT C-RUN-SETTLES C-MOOD C-MOOD-SKIP
        CC-PAIN CC-HEAVY CC-LEAK CC-LOAD
    """,
}
OWED = {name: kept for kept, names in RULES.items() for name in names.split()}

# Every sentence of the code with "will", with how it is kept.
SENTENCES = {
    # Told texts of the rules.
    "A clinician will check in with you in private.": "private_check_in",
    "A clinician will reach out.": "private_check_in",
    "A clinician will adjust your plan.": REVIEW,
    "Because of your blood clot history, a clinician will review your plan with you first.": REVIEW,
    "This plan is made for after birth, so a clinician will tailor next steps with you.": REVIEW,
    "We will follow their plan and talk with them if you say yes.": REVIEW,
    "We will go over them with you before any impact.": VISIT,
    "We will go over them with you.": VISIT,
    "We will plan around the limits you were given.": VISIT,
    "We will check how it is healing.": VISIT,
    "We will check your blood pressure before exercise.": VISIT,
    "We will look at how your repair is doing before impact.": VISIT,
    "We will check your belly wall and teach you how to manage pressure.": VISIT,
    "We will check how these muscles work and help you find them again.": VISIT,
    "We will plan in a way that feels safe, with no focus on weight.": VISIT,
    "We will keep hard days light and look for small wins.": VISIT,
    "We will plan with that in mind.": VISIT,
    "We will build trust in your body one step at a time.": VISIT,
    "We will give you an honest plan.": VISIT,
    "We will ask you about it.": VISIT,
    "We will check the muscles involved.": VISIT,
    "We will train for them as you build up to running.": VISIT,
    "We will first check how your support copes with impact.": VISIT,
    "We will check it first.": VISIT,
    "We will find the cause first.": VISIT,
    "We will ask your safety questions at the start of your visit.": VISIT,
    "Repeat your stage and we will look at why.": VISIT,
    "We will look at why.": VISIT,
    "We will talk it through and go at your pace.": VISIT,
    "We will finish your check-in at the visit.": VISIT,
    "A bulge that hurts, bleeds, or will not go back needs care now.": NONE,
    "Very bad belly pain that will not stop needs care now.": NONE,
    # What she reads once a clinician has decided, and why something cannot be booked.
    "You will talk about it at your visit.": VISIT,
    "We will call you.": "call_patient",
    "We will call you by %(by)s.": "urgent_call",
    "We will call you to say who can help.": "call_patient",
    "We have a question for you, and will call or write.": "ask_patient",
    "A clinician has looked at your answers and will talk with you first.": "call_patient",
    "A clinician will look at it before Run Ready opens.": REVIEW,
    # Questions.
    "How worried are you that running will hurt you?": NONE,
    "How worried are you that running will hurt you or slow your healing?": NONE,
    "A bad headache that will not ease, changes in how you see, or sudden swelling of face or "
    "hands": NONE,
    "A bad headache that came on fast, keeps getting worse, or will not go away": NONE,
    "Very bad belly pain, or throwing up that will not stop": NONE,
    "Very bad belly pain that will not go away": NONE,
    "Chest pain, or a heart that races or pounds and will not slow down": NONE,
    "A bulge outside the vagina that hurts, bleeds, or will not go back in": NONE,
    "There is a bulge outside that hurts, bleeds, or will not go back in": NONE,
    "a bulge that hurts or will not go back": NONE,
    # For staff.
    "She will go, on a day": NONE,
    "Choose the day on which she will go.": NONE,
    "Signed cases will appear here.": NONE,
    "Intakes with something to look at will appear here.": NONE,
}

# The same on pages and in mails: how often a promise stands in a file, and how each is kept.
PAGES = {
    "booking/desk/move.html": [NONE],
    "booking/worklists/mails.html": [NONE],
    "clinic/people/staff_waits.html": [NONE, NONE],
    "intake/checkins/closed.html": [VISIT],
    "intake/checkins/due.html": [NONE],
    # Only with an urgent answer.
    "intake/checkins/result.html": ["urgent_call"],
    "intake/learn/heaviness.html": [NONE],
    "intake/online_intake/desk_sent.html": [REVIEW],
    "intake/online_intake/result_evaluation.html": [REVIEW],
    "intake/online_intake/result_foot.html": [REVIEW],
    "intake/online_intake/summary.html": [REVIEW],
    "intake/own_email/yes_new.html": [NONE],
    "intake/own_email/yes_old.html": [NONE],
    "intake/patient_pages/progress.html": [NONE],
    "intake/review/decide.html": [NONE],
    "intake/tasks/act.html": [NONE],
}

PROMISES = re.compile(r"\bwill\b|\breach out\b|\w[’']ll\b", re.IGNORECASE)
MARKED = {"msg", "_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext"}


def sentences_with_a_promise(text: str) -> list[str]:
    found = re.split(r"(?<=[.!?])\s+", text)
    return [one for one in found if PROMISES.search(one)]


def said_in_code() -> Iterator[str]:
    """Every text of the product that is translated, and so is read by somebody."""
    for app in ("clinic", "booking", "intake"):
        for path in sorted((settings.BASE_DIR / app).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MARKED:
                    given = [one for one in node.args if isinstance(one, ast.Constant)]
                    yield from (one.value for one in given if isinstance(one.value, str))


def on_page(path: Path) -> str:
    """Return the words of a template, without its tags."""
    words = re.sub(r'{% translate "([^"]*)"[^%]*%}', r" \1 ", path.read_text())
    return re.sub(r"\s+", " ", re.sub(r"{#.*?#}|{%[^%]*%}|<[^>]*>", " ", words))


def test_every_told_text_has_a_line() -> None:
    assert sorted(OWED) == sorted(one.id for one in (*INTAKE_RULES, *CHECKIN_RULES))
    assert len(OWED) == sum(len(names.split()) for names in RULES.values())


def test_every_sentence_with_a_promise_has_a_line() -> None:
    said = {one for text in said_in_code() for one in sentences_with_a_promise(text)}
    assert sorted(said - set(SENTENCES)) == []
    assert sorted(set(SENTENCES) - said) == []
    # The messages after a decision are among what was read.
    assert sentences_with_a_promise(str(vars(patient_message)["_NEXT"]["call"])) == [
        "We will call you."
    ]


def test_every_promise_on_a_page_has_a_line() -> None:
    folder = settings.BASE_DIR / "templates"
    pages = {
        str(path.relative_to(folder)): len(sentences_with_a_promise(on_page(path)))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    found = {name: number for name, number in pages.items() if number}
    assert found == {name: len(kept) for name, kept in PAGES.items()}


def test_a_rule_and_what_its_text_promises_agree() -> None:
    for id_, kept in OWED.items():
        for sentence in sentences_with_a_promise(rule(id_).told):
            promised = SENTENCES[sentence]
            if promised in TASKS:
                assert kept == promised, id_


@pytest.mark.django_db
@pytest.mark.parametrize("name", [one for one in OWED if rule(one).level != "caution"])
def test_each_urgent_and_red_rule_owes_what_its_line_says(name: str) -> None:
    form = make_row(queue="reading", due=NOW)
    raise_concerns(form, [Firing(name, rule(name).level, [])], context=Context(SYSTEM, NOW))
    kept = OWED[name]
    found = list(Task.objects.values_list("kind", flat=True))
    assert found == ([kept] if kept in TASKS else [])


FORMS: list[tuple[str, dict[str, Any]]] = [
    ("urgent_call", {"safety.body": ["fever"]}),
    ("private_check_in", {"safety.mind": ["prefer_not"]}),
    ("private_check_in", {"ready.mood": "every_day"}),
    ("own_doctor", {"bg.bleeding": "returned"}),
    ("own_doctor", {"bg.bleeding": "lochia"}),
    ("own_doctor", {"bg.now": ["blood_urine"]}),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "answers"), FORMS)
def test_a_form_owes_what_she_is_told(kind: str, answers: dict[str, Any]) -> None:
    patient = make_intake(**answers).patient
    assert list(Task.objects.values_list("kind", "patient")) == [(kind, patient.pk)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "sign"),
    [
        ("urgent_call", "chest_breath"),
        ("own_doctor", "bleeding_back"),
        ("private_check_in", "low_mood"),
    ],
)
def test_a_check_in_owes_what_she_is_told(kind: str, sign: str) -> None:
    cast = make_cast()
    package = make_package(cast.patient)
    visit = make_visit(package, cast.clinician, 2, NOW + timedelta(days=1))
    check_in(visit, now=NOW, warning=[sign])
    assert list(Task.objects.values_list("kind", "patient")) == [(kind, cast.patient.pk)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("act", "kind"),
    [("call", "call_patient"), ("decline", "call_patient"), ("ask", "ask_patient")],
)
def test_a_decision_owes_what_she_is_told(act: str, kind: str) -> None:
    cast = make_cast()
    intake = make_intake(**{"bg.tear": "severe"})
    clinician = client_for(cast.clinician.user)
    assert decide(clinician, intake, next_act=act, note="What about the tear?") == 302
    assert list(Task.objects.values_list("kind", "patient")) == [(kind, intake.patient_id)]
