"""Correct a sent intake: a new version is judged anew, the earlier one stays as it was judged."""

from uuid import UUID

from clinic.audit.context import Context
from clinic.audit.record import record
from clinic.database.retrying import retried
from intake.concerns.actions import unresolved_flags
from intake.intakes.locking import lock_form
from intake.models import Intake
from intake.questionnaire.progress import SECTIONS
from intake.triage.evaluate import URGENT, Result
from intake.urgent.calls import as_stored


@retried
def start_correction(*, intake_id: UUID, context: Context) -> Intake:
    """Return the draft that will replace this sent intake once it is sent itself.

    The draft begins with the answers as they were judged. There is at most one: a second call
    returns the same draft. If the form was sent in an earlier version, its first section is asked
    again. When a newer version was already sent, that one is corrected instead.
    Raises Intake.DoesNotExist when there is no such sent full intake.
    """
    # Locked, so that of two calls at once the second finds the draft of the first.
    intake = lock_form(Intake.objects.full().sent(), intake_id)
    newer = Intake.objects.filter(replaces=intake).first()
    if newer is not None:
        if newer.sent_at is None:
            return newer
        return start_correction(intake_id=newer.pk, context=context)
    draft = Intake.objects.create(
        patient=intake.patient,
        replaces=intake,
        # Saving the first section brings the draft into the version in force.
        questionnaire_version=intake.questionnaire_version,
        # An intake that could not be judged has no answers, only what was sent.
        raw=intake.raw if intake.answers is None else intake.answers,
        # All of them, so that the draft opens on the check page and not on the first section.
        saved_sections=list(SECTIONS),
        set_aside=intake.set_aside,
        started_at=context.now,
        saved_at=context.now,
    )
    record(context.actor, "start correction", draft, patient=intake.patient_id, fields=draft.raw)
    return draft


def note_withdrawn_flags(draft: Intake, result: Result, *, context: Context) -> None:
    """Mark a correction for a clinician when it withdraws an urgent or red flag that is still open.

    Calls of the earlier version stay open and get the changed answers beside the original ones. The
    caller saves the draft and puts it into its queue afterwards. Source:
    docs/decisions/0024-corrections-are-judged-anew.md.
    """
    before = draft.replaces
    if before is None:
        return
    # A clinician's own flag is in no result and is carried over: the patient cannot withdraw it.
    judged = {flag.rule for flag in unresolved_flags(before) if not flag.is_by_hand}
    withdrawn = judged - set(result.flag_ids)
    if withdrawn:
        draft.has_unreviewed_change = True
        record(context.actor, "flagged answer changed by patient", draft, patient=draft.patient_id)
    still_urgent = {flag.rule_id for flag in result.flags if flag.level == URGENT}
    for call in before.urgent_calls.open().filter(changed_at__isnull=True):
        if set(call.rules) <= still_urgent:
            continue
        call.changed_answers = {one: as_stored(result, one) for one in call.answers}
        # While one of its rules still fires, the call is not yet a changed one.
        call.changed_at = None if still_urgent & set(call.rules) else context.now
        call.save(update_fields=["changed_answers", "changed_at"])
