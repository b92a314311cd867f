"""BACKUP_KEY: what seals backups, and nothing else."""

from base64 import urlsafe_b64decode

from django.conf import settings

from clinic import env


def backup_keys() -> list[bytes]:
    """Return the keys: the first seals new backups, every one opens old ones.

    On a trial a key is made with the first call and stored beside the others. Raises
    ImproperlyConfigured.
    """
    # Read here and not in the settings: the processes of the site need not hold it.
    found = env.field_keys(
        "BACKUP_KEY",
        stored_in=settings.VAR_DIR / "backup_key",
        trial=settings.TRIAL,
        make=env.new_field_key,
    )
    return [urlsafe_b64decode(one) for one in found]
