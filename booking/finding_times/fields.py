"""The fields of a search for times, and the question read back from an address or a form."""

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.finding_times.question import TimeQuestion
from booking.scheduling.parts_of_day import Part
from booking.scheduling.slot_choices import read_day, read_number
from clinic.models.people import Clinician
from clinic.web.form_fields import day_field


class FindForm(forms.Form):
    """The question as fields of a page: from which day, in which part of the day, with whom."""

    part = forms.ChoiceField(
        label=_("Part of day"),
        choices=[
            ("", _("Any time of day")),
            (Part.MORNING, _("Morning")),
            (Part.AFTERNOON, _("Afternoon")),
            (Part.EVENING, _("Evening")),
        ],
        required=False,
    )
    who = forms.ModelChoiceField(
        Clinician.objects.filter(is_active=True).order_by("pk"),
        label=_("With"),
        required=False,
        empty_label=_("Anyone"),
    )

    def __init__(self, asked: TimeQuestion) -> None:
        """Show this question."""
        super().__init__(initial=asked.pairs, auto_id="find_%s")
        # `from` is no name in Python.
        self.fields = {"from": day_field(_("From"), required=False), **self.fields}
        self.fields["who"].label_from_instance = (  # type: ignore[attr-defined]
            lambda clinician: clinician.name
        )


def read_asked(said: Mapping[str, str]) -> TimeQuestion:
    """Return the question in these values. What cannot be read was not asked.

    The day of a button for another week (`week`) replaces the one in the field (`from`).
    """
    part = said.get("part", "")
    return TimeQuestion(
        day=read_day(said.get("week")) or read_day(said.get("from")),
        part=Part(part) if part in list(Part) else None,
        clinician_id=read_number(said.get("who", "")),
        whole=read_day(said.get("whole")),
    )


def has_looked(said: Mapping[str, str]) -> bool:
    """Return whether one of the buttons of a search was pressed, so that work goes on there."""
    return bool({"look", "week", "whole"} & said.keys())
