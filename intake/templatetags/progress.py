"""What a chart says, translated."""

from django import template
from django.template.defaultfilters import capfirst
from django.utils.translation import gettext as _

from intake.progress.charts import Said

register = template.Library()


@register.simple_tag
def said(sentence: Said) -> str:
    """Return the chart's sentence in the reader's language."""
    return _(sentence.text) % sentence.values if sentence.values else _(sentence.text)


@register.filter
def band_words(band: str) -> str:
    """Return the band of a score, as its chart is headed."""
    return str(capfirst(_(band)))
