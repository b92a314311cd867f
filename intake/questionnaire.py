"""The two forms a patient fills in, in their current version.

INTAKE is the screening before a first booking, CHECKIN the short form before a visit. The wording
lives in `intake.questions`; everything that asks, reads or exports a question takes it from here.
"""

from intake.questions.background import BIRTH, RUNNING
from intake.questions.checkin import CHECKIN_SECTION
from intake.questions.parts import KINDS, Choice, Question, Questionnaire, Section, msg
from intake.questions.readiness import CARE, READY
from intake.questions.safety import SAFETY
from intake.questions.symptoms import HEAVINESS, LEAKING, PAIN

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

INTAKE = Questionnaire(
    id="intake",
    version="1.1",
    sections=(SAFETY, BIRTH, RUNNING, LEAKING, HEAVINESS, PAIN, READY, CARE),
)

CHECKIN = Questionnaire(id="checkin", version="1.1", sections=(CHECKIN_SECTION,))
