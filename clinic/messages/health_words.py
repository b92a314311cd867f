"""Words that no mail may contain, since an inbox may be shared: words for what is treated here."""

import re

from django.conf import settings
from django.core import checks

from clinic.practice.facts import clinic_facts
from clinic.practice.sender import sender_address

# Parts of words, so that names without spaces ("ellpondpelvicpt") are found too.
HEALTH_STEMS = (
    *("pelvi", "postpart", "postnat", "prenat", "perinat", "matern", "obstet", "midwi", "birth"),
    *("gyn", "urolog", "continen", "bladder", "bowel", "vagin", "vulv", "prolaps", "pessar"),
    *("womens", "physio", "therap", "rehab", "doctor", "health", "medic", "hospital", "symptom"),
    *("diagnos", "screening", "intake", "evaluation"),
)


def health_words(text: str) -> list[str]:
    """Return the stems that the text contains, in the order of HEALTH_STEMS."""
    # "women's" is to match the stem "womens".
    plain = re.sub(r"['’]", "", text.lower())
    return [stem for stem in HEALTH_STEMS if stem in plain]


def mail_says_no_health_word(**kwargs: object) -> list[checks.CheckMessage]:
    """Return a warning for each name or address in every mail that tells what the clinic treats."""
    in_every_mail = {
        "SITE_URL": settings.SITE_HOST,
        "MAIL_FROM": sender_address(),
        "What mail calls the clinic": clinic_facts().mail_name,
    }
    return [
        checks.Warning(
            f"{name} holds {', '.join(found)}: it stands in every mail, also in a shared inbox.",
            hint="Choose a neutral address or name; the clinic decides.",
            id="clinic.W001",
        )
        for name, text in in_every_mail.items()
        if (found := health_words(text))
    ]
