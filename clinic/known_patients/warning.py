"""Forms on which staff type a contact: they warn when somebody like her is known."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from clinic.audit.record import actor_of, record_each
from clinic.identity.same_person import ComparedContact
from clinic.known_patients.queries import LikelyMatch, contact_of, likely_matches_of
from clinic.models.people import Patient
from clinic.web.form_layout import Tick

SHOWN = ("name", "phone", "email", "born_on")


class KnownPatientForm(forms.Form):
    """A form for a contact, or what is missing of one, that warns of rows which agree in two of
    name, date of birth, phone and e-mail.

    `known` are the rows to be compared, filled in by `look_for_known`. Staff go on by ticking that
    they compared them. The tick counts for the rows that were on the page: typing something else
    that agrees with another row warns again.
    """

    anyway = forms.BooleanField(label=_("I checked: this is somebody else"), required=False)
    known: Sequence[LikelyMatch] = ()
    # The ids of the rows that are on the page or were, as a hidden field sends them back.
    compared = ""

    @property
    def known_tick(self) -> list[Tick]:
        """The tick, for the layout: only when somebody like her is known."""
        return [Tick("anyway")] if self.known or self["anyway"].value() else []

    def look_for_known(self, contact: ComparedContact, patient: Patient | None = None) -> None:
        """Look for rows like this contact, and add an error if staff did not compare them yet.

        With `patient` it is the new contact of this row: what agreed with her contact before is
        shown on her pages, and does not stop a change of something else.
        """
        found = likely_matches_of(contact, but=patient.pk if patient else None)
        if patient is not None:
            before = likely_matches_of(contact_of(patient), but=patient.pk)
            agreed = {one.patient.pk for one in before}
            found = [one for one in found if one.patient.pk not in agreed]
        seen = set(str(self.data.get("compared", "")).split())
        wanted = {str(one.patient.pk) for one in found}
        self.compared = " ".join(sorted(seen | wanted))
        if wanted and not (self.cleaned_data.get("anyway") and wanted <= seen):
            self.known = found
            self.add_error(
                "anyway",
                _("Somebody with two of this name, date of birth, phone and e-mail is known"),
            )


def record_known(request: HttpRequest, form: KnownPatientForm) -> None:
    """Write down whose contact data a page shows because they may be the same person."""
    if form.known:
        rows: list[Any] = [one.patient for one in form.known]
        record_each(actor_of(request), "see likely matches", rows, fields=SHOWN)
