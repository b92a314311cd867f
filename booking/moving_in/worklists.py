"""Rows of an import that need a person, among the desk's lists."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy

from booking.moving_in.queries import cells_of, patient_of, waiting_rows
from booking.moving_in.words import reason_words
from booking.worklists.queries import PATIENT, PHONE, DeskList, WorkListRow, patient_url
from clinic.identity.phone_words import phone_in_words

SLUG = "moved-in"


def _lines(now: datetime) -> Iterable[WorkListRow]:
    for row in waiting_rows():
        patient = patient_of(row)
        cells = (
            patient.name if patient else "",
            phone_in_words(patient.phone) if patient else "",
            str(row.get_kind_display()),
            ", ".join(cell for _name, cell in cells_of(row)),
            str(reason_words(row.reason)),
        )
        url = patient_url(patient) if patient else reverse("desk_moved_in")
        yield WorkListRow(cells, url, row.patient_id)


MOVED_IN_LISTS = (
    DeskList(
        SLUG,
        gettext_lazy("Imported rows that need a person"),
        gettext_lazy("Came from another system and could not be entered as they are."),
        (
            PATIENT,
            PHONE,
            gettext_lazy("Row of"),
            gettext_lazy("What stands in it"),
            gettext_lazy("Why"),
        ),
        _lines,
        position=15,
        is_beside=True,
        page="desk_moved_in",
    ),
)
