"""Changing what was sent: a new version, judged anew; the earlier one stays as it was judged."""

from uuid import UUID

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from intake.episodes.referrals import open_flags
from intake.models import Intake
from intake.questionnaire.definition import INTAKE
from intake.questionnaire.progress import SECTIONS
from intake.triage.evaluate import URGENT, Result
from intake.urgent.calls import as_stored


@retried
def start_correction(*, intake_id: UUID, context: Context) -> Intake:
    """Return the draft that takes the place of a sent intake once it is sent itself.

    It begins with the answers as they were judged. A form has at most one such draft: asked again,
    it is the same one. Where a newer version was sent already, that one is corrected. Raises
    Intake.DoesNotExist when there is no such sent full intake.
    """
    intake = Intake.objects.full().sent().select_for_update().get(pk=intake_id)
    newer = Intake.objects.filter(replaces=intake).first()
    if newer is not None:
        if newer.sent_at is None:
            return newer
        return start_correction(intake_id=newer.pk, context=context)
    draft = Intake.objects.create(
        patient=intake.patient,
        replaces=intake,
        questionnaire_version=INTAKE.version,
        raw=intake.raw if intake.answers is None else intake.answers,
        saved_sections=list(SECTIONS),
        set_aside=intake.set_aside,
        started_at=context.now,
        saved_at=context.now,
    )
    record(context.actor, "start correction", draft, patient=intake.patient_id, fields=draft.raw)
    return draft


def note_withdrawn_flags(draft: Intake, result: Result, *, context: Context) -> None:
    """Have a clinician look when a correction takes back a danger nobody has settled.

    The trail stays on the version that raised it. The caller saves the draft and puts it into its
    queue afterwards.
    """
    before = draft.replaces
    if before is None:
        return
    judged = {flag.rule for flag in open_flags(before) if not flag.is_by_hand}
    withdrawn = judged - set(result.flag_ids)
    if withdrawn:
        draft.has_unreviewed_change = True
        record(context.actor, "flagged answer changed by patient", draft, patient=draft.patient_id)
    still_urgent = {flag.rule_id for flag in result.flags if flag.level == URGENT}
    for call in before.urgent_calls.filter(outcome_at__isnull=True, changed_at__isnull=True):
        if set(call.rules) <= still_urgent:
            continue
        call.changed_answers = {one: as_stored(result, one) for one in call.answers}
        call.changed_at = None if still_urgent & set(call.rules) else context.now
        call.save(update_fields=["changed_answers", "changed_at"])
