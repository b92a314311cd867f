"""What a patient agrees to before her first question, in whatever way she came."""

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.web.form_layout import Tick, laid_out


class ConsentForm(forms.Form):
    """What the patient agrees to, each point by itself."""

    adult = forms.BooleanField(
        label=_("I am 18 or older and I have given birth"),
        error_messages={"required": _("Please tick this to go on. If it is not so, call us.")},
    )
    record = forms.BooleanField(
        label=_("I agree that the clinic may keep my answers and use them for my care"),
        error_messages={"required": _("We need this to keep your answers.")},
    )
    contact = forms.BooleanField(
        label=_("I agree that the clinic may e-mail and call me about my answers and my visits"),
        error_messages={"required": _("We need this to reach you if an answer is urgent.")},
    )
    helper = laid_out(Tick("adult"), Tick("record"), Tick("contact"))
