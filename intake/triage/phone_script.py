"""Words for a telephone call: the symptom of each urgent rule, for the patient to read out.

They complete the sentence "I gave birth on August 20 and I have …". The rules are listed in
docs/clinical.md, "Rules of the full intake"; the wording here is OWN.
"""

# mypy: disallow-any-explicit

from collections.abc import Iterable

from intake.questionnaire.definition import msg

SYMPTOMS = {
    "U-CHEST": msg("chest pain or a racing heart"),
    "U-BREATH": msg("trouble breathing"),
    "U-SEIZURE": msg("had a seizure"),
    "U-STROKE": msg("signs of a stroke"),
    "U-FAINT": msg("fainting or bad dizziness"),
    "U-PREECLAMPSIA": msg("a bad headache with other danger signs"),
    "U-HEADACHE": msg("a bad headache"),
    "U-VISION": msg("changes in how I see"),
    "U-SWELLING": msg("sudden swelling of my face or hands"),
    "U-SWELLING-BP": msg("sudden swelling after high blood pressure"),
    "U-CAUDA": msg("new numbness or weakness"),
    "U-RETENTION": msg("a bladder I cannot empty"),
    "U-FEVER": msg("a fever"),
    "U-SEPSIS": msg("a fever with other danger signs"),
    "U-BLEED": msg("heavy bleeding"),
    "U-DISCHARGE": msg("fluid that smells bad"),
    "U-BELLY": msg("very bad belly pain"),
    "U-VOMIT": msg("vomiting that does not stop"),
    "U-CLOT": msg("a swollen, sore leg or arm"),
    "U-WOUND": msg("a wound that may be infected"),
    "U-BREAST": msg("a hot, red breast and feel ill"),
    "U-TIRED": msg("sudden, extreme weakness"),
    "U-PREGNANCY": msg("a danger sign in pregnancy"),
    "U-SELF-HARM": msg("thoughts of harming myself"),
    "U-BABY-HARM": msg("thoughts of harming my baby or someone else"),
    "U-PSYCHOSIS": msg("been seeing or hearing things others don’t"),
    "U-CAUDA-COMBO": msg("leg numbness with bladder or bowel changes"),
    "U-BULGE-STUCK": msg("a bulge that hurts or will not go back"),
    "CU-CHEST": msg("chest pain, trouble breathing, fainting, a seizure or signs of a stroke"),
    "CU-PSYCHOSIS": msg("been seeing or hearing things others don’t"),
    "CU-BLEED": msg("heavy bleeding"),
    "CU-BELLY": msg("very bad belly pain or vomiting that does not stop"),
    "CU-LEG": msg("a swollen, sore leg or arm"),
    "CU-SADDLE": msg("new numbness or weakness, or a bladder I cannot empty"),
    "CU-CAUDA": msg("leg numbness with bowel changes"),
    "CU-BULGE": msg("a bulge that hurts or will not go back"),
    "CU-MIND": msg("thoughts of harming myself, my baby or someone else"),
    "CU-HEAD": msg("a bad headache, changes in how I see, or sudden swelling"),
    "CU-INFECT": msg("signs of an infection"),
    "CU-WEAK": msg("sudden, extreme weakness"),
    "CU-PREG": msg("a danger sign in pregnancy"),
}


def symptom_words(rules: Iterable[str]) -> list[str]:
    """Return the symptoms of these rules, in their order; a rule without words is left out."""
    return [SYMPTOMS[rule] for rule in rules if rule in SYMPTOMS]
