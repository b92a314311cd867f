"""The web entry point."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
application = get_wsgi_application()

# Models are there only now.
from clinic.people.sample_people import refuse_in_production  # noqa: E402

refuse_in_production()
