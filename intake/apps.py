"""The intake app: what it registers with the apps below it when Django starts."""

from django.apps import AppConfig

from clinic.web.errors import register_emergency_first


class IntakeConfig(AppConfig):
    name = "intake"
    verbose_name = "Intake"

    def ready(self) -> None:
        # Imported here because models are not loaded yet when this module is read.
        from clinic.before_opening.facts_rows import register_signed  # noqa: PLC0415
        from clinic.before_opening.lines import register_line  # noqa: PLC0415
        from clinic.keys import rotation  # noqa: PLC0415
        from clinic.known_patients import open_elsewhere  # noqa: PLC0415
        from clinic.messages import asked  # noqa: PLC0415
        from clinic.operations import periodic  # noqa: PLC0415
        from clinic.people.staff_bar import register_waiting  # noqa: PLC0415
        from clinic.retention import holding  # noqa: PLC0415
        from clinic.site.navigation import register_entries  # noqa: PLC0415
        from intake import signals  # noqa: F401, PLC0415
        from intake.checkins import links as checkin_links  # noqa: PLC0415
        from intake.checkins import moves  # noqa: F401, PLC0415
        from intake.checkins.due_marks import mark_due_checkins  # noqa: PLC0415
        from intake.drafts.actions import (  # noqa: PLC0415
            LINKS,
            erase_old_drafts,
            mail_asked_links,
        )
        from intake.duplicates.comparing import owe_comparisons  # noqa: PLC0415
        from intake.emergency_access import emails as emergency_emails  # noqa: PLC0415
        from intake.emergency_access.queries import waiting_for as open_accesses  # noqa: PLC0415
        from intake.emergency_first import guidance_before_refusal  # noqa: PLC0415
        from intake.episodes import erasure  # noqa: PLC0415
        from intake.episodes import staff_messages as emails  # noqa: PLC0415
        from intake.episodes.open_concerns import with_something_open  # noqa: PLC0415
        from intake.episodes.staff_counts import register_intake_gauges, waiting_for  # noqa: PLC0415
        from intake.fhir.views import file_to_hand_over  # noqa: PLC0415
        from intake.intakes import emails as patient_emails  # noqa: PLC0415
        from intake.intakes import intake_requests as asking_again  # noqa: PLC0415
        from intake.intakes import machines  # noqa: F401, PLC0415
        from intake.navigation import ENTRIES  # noqa: PLC0415
        from intake.own_email import emails as own_emails  # noqa: PLC0415
        from intake.own_email.actions import forget_changes  # noqa: PLC0415
        from intake.own_questions import views as own_questions  # noqa: PLC0415
        from intake.sign_off.queries import is_signed_off, sign_off_line  # noqa: PLC0415
        from intake.tasks import owing  # noqa: PLC0415
        from intake.urgent.escalation import escalate  # noqa: PLC0415
        from intake.whole_record import actions as records  # noqa: PLC0415
        from intake.whole_record import emails as record_emails  # noqa: PLC0415

        register_emergency_first(guidance_before_refusal)
        register_line(70, sign_off_line)
        register_signed(is_signed_off)
        register_entries(ENTRIES)
        register_waiting(5, open_accesses)
        register_waiting(10, waiting_for)
        register_intake_gauges()
        emails.register_kinds()
        holding.register_obstacle(erasure.open_care)
        holding.register_used(erasure.answered_since)
        emergency_emails.register_kinds()
        checkin_links.register_links()
        own_questions.register_links()
        patient_emails.register_kinds()
        record_emails.register_kinds()
        own_emails.register_kinds()
        records.register_file(file_to_hand_over)
        asked.register(LINKS, mail_asked_links)
        # Names of jobs, and every how many seconds they run.
        periodic.register("escalate", 60, escalate)
        periodic.register("mark_due_checkins", 60, mark_due_checkins)
        asking_again.register_kind()
        periodic.register("ask_for_intakes", 3600, asking_again.ask_for_intakes)
        periodic.register("erase_old_drafts", 3600, erase_old_drafts)
        # Every hour, so that it also runs where processes never live for a day.
        periodic.register("forget_email_changes", 3600, forget_changes)
        periodic.register("owe_rebookings", 300, owing.owe_rebookings)
        periodic.register("owe_contact_fixes", 300, owing.owe_contact_fixes)
        open_elsewhere.register(with_something_open)
        # Every minute: a visit can be booked as soon as the form is sent.
        periodic.register("owe_comparisons", 60, owe_comparisons)
        rotation.register("digests of telephone numbers", owing.renew_phone_digests)
