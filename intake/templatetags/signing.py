"""What staff pages say about the sign-off of the clinical rules."""

from typing import Any

from django import template
from django.template.context import Context

from intake.sign_off.queries import current_sign_off
from intake.triage.rules import RULES_VERSION

register = template.Library()


@register.inclusion_tag("intake/sign_off/not_signed.html", takes_context=True)
def rules_not_signed(context: Context) -> dict[str, Any]:
    """Say that the rules in force are not signed off; nothing when they are."""
    return {"row": current_sign_off(), "version": RULES_VERSION, "user": context["user"]}
