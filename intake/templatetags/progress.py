"""Filters and tags that translate the sentences of a chart."""

from django import template
from django.template.defaultfilters import capfirst
from django.utils.translation import gettext as _

from intake.progress.charts import Said

register = template.Library()


@register.simple_tag
def said(sentence: Said) -> str:
    """Return a sentence of the chart in the reader's language."""
    return _(sentence.text) % sentence.values if sentence.values else _(sentence.text)


@register.filter
def band_words(band: str) -> str:
    """Return the name of a score's band as a heading, translated."""
    return str(capfirst(_(band)))
