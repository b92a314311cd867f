"""The job, run every hour: erase what no longer has to be kept."""

import logging
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from clinic.audit.context import Context
from clinic.audit.record import SYSTEM
from clinic.models.messages import Email
from clinic.models.people import Patient
from clinic.retention.erasing import StillOpen, erase_after_years, record_since
from clinic.retention.holding import used_since

log = logging.getLogger("run_ready.retention")

# For so long staff may still send a mail again that carries something.
PAYLOAD_DAYS = 30
# So many patients are erased in one run at most: the first one after years must come to an end.
MOST_AT_ONCE = 200


def keep_no_longer(*, now: datetime) -> int:
    """Empty old mail, and erase patients of whom nothing must be kept any more; return how many.

    What is open about one keeps her, and is logged by her id, as is one that cannot be erased;
    those after her have their turn all the same. Running it twice does no harm.
    """
    empty_payloads(now)
    erased = (patient_id for patient_id in due(now) if _erase(patient_id, now))
    return len(list(islice(erased, MOST_AT_ONCE)))


def empty_payloads(now: datetime) -> int:
    """Empty what mails carry that nobody will send any more; return how many there were."""
    old = Email.objects.filter(payload__isnull=False, due_at__lt=now - timedelta(days=PAYLOAD_DAYS))
    return old.exclude(status=Email.Status.CLAIMED).update(payload=None)


def due(now: datetime) -> list[UUID]:
    """Return the ids of the patients of whom nothing must be kept any more, the oldest first."""
    since = record_since(now)
    rows = Patient.objects.current().filter(created_at__lt=since, erased_at__isnull=True)
    used = used_since(since)
    return [
        key for key in rows.order_by("created_at").values_list("pk", flat=True) if key not in used
    ]


def _erase(patient_id: UUID, now: datetime) -> bool:
    try:
        return erase_after_years(patient_id=patient_id, context=Context(SYSTEM, now))
    except StillOpen:
        log.warning("patient %s is past her years, and something about her is open", patient_id)
    except Exception:  # one who cannot be erased must not keep all those after her
        log.exception("patient %s is past her years and could not be erased", patient_id)
    return False
