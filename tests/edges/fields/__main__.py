"""Print the report of a folder: `python -m tests.edges.fields FOLDER`."""

import os
import sys
from importlib import import_module
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
django.setup()
# Only now can models be imported.
sys.exit(import_module("tests.edges.fields.known").main(Path(sys.argv[1])))
