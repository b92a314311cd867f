"""One patient's answers, what they raised, and what clinicians decided."""

from intake.models.intake import Intake
from intake.models.replay import Replay
from intake.models.review import Decision, Flag, TakeOver
from intake.models.urgent import UrgentCall
from intake.models.visit_record import VisitRecord

__all__ = ["Decision", "Flag", "Intake", "Replay", "TakeOver", "UrgentCall", "VisitRecord"]
