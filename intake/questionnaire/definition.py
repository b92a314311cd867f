"""The two forms a patient fills in, in their current versions.

INTAKE is the screening before a first booking, CHECKIN the short form before a visit. The wording
is in `intake.questionnaire.questions`; code that asks, reads or exports a question takes it from
here.
"""

# mypy: disallow-any-explicit

from intake.questionnaire.questions.background import BIRTH, RUNNING
from intake.questionnaire.questions.checkin import CHECKIN_SECTION
from intake.questionnaire.questions.parts import (
    KINDS,
    Choice,
    Question,
    Questionnaire,
    Section,
    msg,
)
from intake.questionnaire.questions.readiness import CARE, READY
from intake.questionnaire.questions.safety import SAFETY
from intake.questionnaire.questions.symptoms import HEAVINESS, LEAKING, PAIN

__all__ = [
    "CHECKIN",
    "INTAKE",
    "KINDS",
    "Choice",
    "Question",
    "Questionnaire",
    "Section",
    "msg",
]

# A stored form names the version it was sent in: whoever changes a form raises its version and
# keeps the former words in `earlier_versions`. The order of the sections counts too, because a
# question can depend only on questions before it.
INTAKE = Questionnaire(
    id="intake",
    version="1.2",
    sections=(SAFETY, BIRTH, RUNNING, LEAKING, HEAVINESS, PAIN, READY, CARE),
)

CHECKIN = Questionnaire(id="checkin", version="1.2", sections=(CHECKIN_SECTION,))
