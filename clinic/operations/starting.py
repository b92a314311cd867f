"""What worker and beat ask before they start, as clinic/wsgi.py does for the web processes."""

import sys

from celery.signals import beat_init, worker_init

from clinic.database.sealed import WrongKeys
from clinic.keys.checking import refuse_wrong_keys


def refuse_to_start_with_wrong_keys(**kwargs: object) -> None:
    """End the process, saying why, if its keys are not those of the database."""
    try:
        refuse_wrong_keys()
    except WrongKeys as error:
        # Celery goes on after an exception here.
        sys.exit(str(error))


worker_init.connect(refuse_to_start_with_wrong_keys)
beat_init.connect(refuse_to_start_with_wrong_keys)
