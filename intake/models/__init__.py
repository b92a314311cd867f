"""The models of intake: answers, flags, decisions, urgent calls, visit records and replays."""

from intake.models.intake import Intake
from intake.models.replay import Replay
from intake.models.review import Decision, Flag, TakeOver
from intake.models.urgent import UrgentCall
from intake.models.visit_record import VisitRecord

__all__ = ["Decision", "Flag", "Intake", "Replay", "TakeOver", "UrgentCall", "VisitRecord"]
