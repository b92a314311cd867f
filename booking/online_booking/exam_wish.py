"""The form that asks for a patient's wish about an internal exam when she books."""

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.models import Appointment
from clinic.web.form_layout import Tiles, laid_out


class ExamWishForm(forms.Form):
    """What the patient wishes about an internal exam. It is never a consent."""

    exam_wish = forms.ChoiceField(
        label=_("An internal exam is never required. Is there something you want us to know?"),
        choices=[("", _("Nothing for now")), *Appointment.ExamWish.choices[1:]],
        required=False,
        widget=forms.RadioSelect,
        help_text=_("You can change your mind at any time, also in the room."),
        initial="",
    )
    helper = laid_out(Tiles("exam_wish"))
