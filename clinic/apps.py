"""The clinic app, on which the other apps are built."""

from django.apps import AppConfig
from django.core.checks import register
from django.db.backends.signals import connection_created

from clinic.messages.health_words import mail_says_no_health_word
from clinic.operations.production_checks import production_is_sound
from clinic.practice.facts import register_reader


class ClinicConfig(AppConfig):
    name = "clinic"
    verbose_name = "Clinic"

    def ready(self) -> None:
        # These import models, which are not loaded yet when Django reads this module.
        from clinic import checks  # noqa: PLC0415
        from clinic.audit.sealing import renew_seals, seal_trail  # noqa: PLC0415
        from clinic.before_opening import own_lines  # noqa: PLC0415
        from clinic.before_opening.facts_rows import read_facts, read_on_connecting  # noqa: PLC0415
        from clinic.before_opening.lines import register_line  # noqa: PLC0415
        from clinic.kept_forms.actions import erase_old_forms  # noqa: PLC0415
        from clinic.keys import rotation  # noqa: PLC0415
        from clinic.keys.checking import compare_on_connecting  # noqa: PLC0415
        from clinic.messages import preferences  # noqa: PLC0415
        from clinic.messages.delivery.claiming import JOB  # noqa: PLC0415
        from clinic.messages.delivery.held_back import send_what_may_go  # noqa: PLC0415
        from clinic.messages.kinds import register_kinds  # noqa: PLC0415
        from clinic.messages.views import register_links  # noqa: PLC0415
        from clinic.metrics.own_gauges import register_own_gauges  # noqa: PLC0415
        from clinic.operations import periodic, starting  # noqa: F401, PLC0415
        from clinic.operations.clean_up import clean_up  # noqa: PLC0415
        from clinic.operations.reporting import reporter  # noqa: PLC0415
        from clinic.retention.erasure_list import renew_list  # noqa: PLC0415
        from clinic.retention.jobs import keep_no_longer  # noqa: PLC0415
        from clinic.retention.schedule import every_column_has_a_period  # noqa: PLC0415
        from clinic.self_checks import database, installation, mail, refusals  # noqa: PLC0415
        from clinic.self_checks.checks import SelfCheck, register_check  # noqa: PLC0415
        from clinic.sign_in import notices, signals  # noqa: F401, PLC0415
        from clinic.sign_in.rotation import renew_second_factors  # noqa: PLC0415
        from clinic.site.navigation import ENTRIES, register_entries  # noqa: PLC0415

        # Said at the start, and not by the first error.
        reporter()
        register_reader(read_facts)
        connection_created.connect(compare_on_connecting)
        connection_created.connect(read_on_connecting)
        register(checks.every_view_has_an_audience)
        register(checks.keys_are_those_of_the_database)
        register(mail_says_no_health_word)
        register(checks.no_variable_is_ignored)
        register(checks.zone_data_is_the_pinned_one)
        register_check(SelfCheck(10, "Schema", database.schema, is_cheap=True))
        register_check(SelfCheck(20, "Keys", installation.keys, is_cheap=True))
        register_check(SelfCheck(30, "Static files", installation.static_files, is_cheap=True))
        register_check(SelfCheck(40, "What the database refuses", refusals.refusals))
        register_check(SelfCheck(50, "Time limits", database.time_limits))
        register_check(SelfCheck(60, "Sealed values", database.sealed_values))
        register_check(SelfCheck(90, "Mail", mail.outbox))
        register_check(SelfCheck(100, "Mail sender", mail.sender))
        register_check(SelfCheck(110, "Clock process", mail.clock))
        register_check(SelfCheck(120, "Audit trail", database.audit_trail))
        register_check(SelfCheck(130, "Clock rules", installation.zones))
        register_check(SelfCheck(140, "Clocks", installation.clocks))
        register_check(SelfCheck(150, "Disk", installation.disk))
        rotation.register("audit seals", renew_seals)
        register(every_column_has_a_period)
        rotation.register("erasure list", renew_list)
        rotation.register("second factors", renew_second_factors)
        register(production_is_sound)
        register_kinds()
        register_line(10, own_lines.facts_line)
        register_line(11, own_lines.way_line)
        register_line(12, own_lines.crisis_line)
        register_line(13, own_lines.zone_line)
        register_line(80, own_lines.access_line)
        register_line(90, own_lines.mail_line)
        register_line(100, own_lines.backup_line)
        register_own_gauges()
        notices.register_kinds()
        preferences.register_kind()
        register_links()
        register_entries(ENTRIES)
        periodic.register(JOB, 10, send_what_may_go)
        periodic.register("erase_kept_forms", 60, erase_old_forms)
        periodic.register("keep_no_longer", 3600, keep_no_longer)
        periodic.register("seal_audit", 300, seal_trail)
        # Every hour, so that it also runs where processes never live for a day.
        periodic.register("clean_up", 3600, clean_up)
