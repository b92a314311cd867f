"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
application = get_wsgi_application()

# Imports models, which are loaded by get_wsgi_application().
from clinic.before_opening.words import log_what_is_missing  # noqa: E402
from clinic.keys.checking import refuse_wrong_keys  # noqa: E402
from clinic.people.sample_people import refuse_in_production  # noqa: E402

refuse_in_production()
refuse_wrong_keys()
log_what_is_missing()
