"""The clinic app, on which the other apps are built."""

from django.apps import AppConfig
from django.core.checks import register
from django.core.management import call_command
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate

from clinic.messages.health_words import mail_says_no_health_word
from clinic.operations.production_checks import production_is_sound


def _create_cache_table(sender: AppConfig, using: str, **kwargs: object) -> None:
    # Django's database cache has no migration of its own; the command does nothing when the table
    # is there.
    call_command("createcachetable", database=using, verbosity=0)


class ClinicConfig(AppConfig):
    name = "clinic"
    verbose_name = "Clinic"

    def ready(self) -> None:
        # These import models, which are not loaded yet when Django reads this module.
        from clinic import checks  # noqa: PLC0415
        from clinic.audit.sealing import renew_seals, seal_trail  # noqa: PLC0415
        from clinic.kept_forms.actions import erase_old_forms  # noqa: PLC0415
        from clinic.keys import rotation  # noqa: PLC0415
        from clinic.keys.checking import compare_on_connecting  # noqa: PLC0415
        from clinic.messages import preferences  # noqa: PLC0415
        from clinic.messages.delivery.claiming import JOB  # noqa: PLC0415
        from clinic.messages.delivery.sending import send_due  # noqa: PLC0415
        from clinic.messages.kinds import register_kinds  # noqa: PLC0415
        from clinic.messages.views import register_links  # noqa: PLC0415
        from clinic.operations import periodic, starting  # noqa: F401, PLC0415
        from clinic.sign_in import notices, signals  # noqa: F401, PLC0415
        from clinic.sign_in.rotation import renew_second_factors  # noqa: PLC0415
        from clinic.site.navigation import ENTRIES, register_entries  # noqa: PLC0415

        connection_created.connect(compare_on_connecting)
        register(checks.every_view_has_an_audience)
        register(checks.keys_are_those_of_the_database)
        register(mail_says_no_health_word)
        register(checks.no_variable_is_ignored)
        rotation.register("audit seals", renew_seals)
        rotation.register("second factors", renew_second_factors)
        register(production_is_sound)
        register_kinds()
        notices.register_kinds()
        preferences.register_kind()
        register_links()
        register_entries(ENTRIES)
        periodic.register(JOB, 10, send_due)
        periodic.register("erase_kept_forms", 60, erase_old_forms)
        periodic.register("seal_audit", 300, seal_trail)
        post_migrate.connect(_create_cache_table, sender=self)
