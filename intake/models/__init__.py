"""The models of intake: answers, flags, decisions, concerns, tasks, visit records, replays."""

from intake.models.concern import Concern, ConcernEvent, ConcernEventWords, Decline
from intake.models.email_change import EmailChange
from intake.models.emergency import EmergencyAccess, EmergencyContact
from intake.models.intake import Intake
from intake.models.replay import Replay
from intake.models.review import Decision, Flag, TakeOver
from intake.models.sign_off import RulesSignOff
from intake.models.task import Attempt, AttemptWords, Task, TaskEvent, TaskEventWords
from intake.models.urgent import UrgentCall
from intake.models.visit_record import VisitRecord, VisitRecordWords

__all__ = [
    "Attempt",
    "AttemptWords",
    "Concern",
    "ConcernEvent",
    "ConcernEventWords",
    "Decision",
    "Decline",
    "EmailChange",
    "EmergencyAccess",
    "EmergencyContact",
    "Flag",
    "Intake",
    "Replay",
    "RulesSignOff",
    "TakeOver",
    "Task",
    "TaskEvent",
    "TaskEventWords",
    "UrgentCall",
    "VisitRecord",
    "VisitRecordWords",
]
