"""Urgent rules: stop, get emergency care or crisis help now."""

# mypy: disallow-any-explicit

from functools import partial

from intake.questionnaire.conditions import any_of, has
from intake.questionnaire.definition import msg
from intake.triage.rules.rule import URGENT, Rule

# Two rules of other sections name their own domain; all the rest are about safety.
_urgent = partial(Rule, level=URGENT, domain="safety")

RULES = (
    _urgent(
        "U-CHEST",
        has("safety.emergency", "chest_pain"),
        action="call_911",
        told=msg("Chest pain or a racing heart after birth can be an emergency. Call 911 now."),
        why=msg("Heart attack, cardiomyopathy, lung clot"),
        sources=("S9", "S10"),
    ),
    _urgent(
        "U-BREATH",
        has("safety.emergency", "breathing"),
        action="call_911",
        told=msg("Trouble breathing can be an emergency. Call 911 now."),
        why=msg("Lung clot, heart failure"),
        sources=("S9", "S10", "S14"),
    ),
    _urgent(
        "U-SEIZURE",
        has("safety.emergency", "seizure"),
        action="call_911",
        told=msg("A seizure after birth is an emergency. Call 911 now."),
        why=msg("Eclampsia"),
        sources=("S10", "S13"),
    ),
    _urgent(
        "U-STROKE",
        has("safety.emergency", "stroke"),
        action="call_911",
        told=msg("These can be signs of a stroke. Call 911 now."),
        why=msg("Stroke; clot risk is raised after birth"),
        sources=("S14", "OWN"),
    ),
    _urgent(
        "U-FAINT",
        has("safety.emergency", "faint"),
        action="call_911",
        told=msg("Fainting or bad dizziness needs care now. Call 911."),
        why=msg("Blood loss, heart, clot, infection"),
        sources=("S9", "S7"),
    ),
    _urgent(
        "U-PREECLAMPSIA",
        has("safety.emergency", "headache")
        & (
            has("safety.emergency", "vision")
            | any_of("safety.body", "swelling", "belly_pain", "vomiting")
        ),
        action="call_911",
        told=msg(
            "A bad headache with these other signs can mean dangerous blood pressure. Call 911 now "
            "and say you gave birth recently."
        ),
        why=msg("Postpartum preeclampsia"),
        sources=("S9", "S10", "S13"),
    ),
    _urgent(
        "U-HEADACHE",
        has("safety.emergency", "headache"),
        action="go_er",
        told=msg(
            "A bad headache after birth needs care now. Go to the emergency room and say you gave "
            "birth recently."
        ),
        why=msg("Preeclampsia, stroke, spinal headache"),
        sources=("S9", "S10", "S13"),
    ),
    _urgent(
        "U-VISION",
        has("safety.emergency", "vision"),
        action="go_er",
        told=msg(
            "New changes in how you see need care now. Go to the emergency room and say you gave "
            "birth recently."
        ),
        why=msg("Preeclampsia, stroke"),
        sources=("S9", "S10", "S13"),
    ),
    _urgent(
        "U-SWELLING",
        has("safety.body", "swelling"),
        action="call_provider_now",
        told=msg(
            "Sudden swelling of your face or hands needs a check right now. If you have had high "
            "blood pressure or preeclampsia, go to the emergency room now."
        ),
        why=msg("Preeclampsia"),
        sources=("S9", "S13"),
    ),
    _urgent(
        "U-SWELLING-BP",
        has("safety.body", "swelling") & has("bg.history", "high_bp"),
        action="go_er",
        told=msg(
            "You have had high blood pressure, so sudden swelling needs care now. Go to the "
            "emergency room and say you gave birth recently."
        ),
        why=msg("Preeclampsia: far more likely after high blood pressure in this pregnancy"),
        sources=("S9", "S13", "OWN"),
    ),
    _urgent(
        "U-CAUDA",
        any_of("safety.emergency", "saddle", "legs_weak"),
        action="go_er",
        told=msg(
            "New numbness between your legs, or weakness in both legs, can mean pressure on the "
            "nerves of your spine. Go to the emergency room now."
        ),
        why=msg("Cauda equina syndrome: time matters for bladder and bowel control"),
        sources=("S11",),
    ),
    _urgent(
        "U-RETENTION",
        has("safety.emergency", "cannot_pee"),
        action="go_er",
        told=msg("Not being able to pee needs care now. Go to the emergency room."),
        why=msg("Urinary retention; cauda equina"),
        sources=("S11", "S25"),
    ),
    _urgent(
        "U-FEVER",
        has("safety.body", "fever"),
        action="call_provider_now",
        told=msg("A fever after birth can mean an infection that needs care today."),
        why=msg("Womb, wound, breast or kidney infection; sepsis"),
        sources=("S9", "S10"),
    ),
    _urgent(
        "U-SEPSIS",
        has("safety.body", "fever")
        & any_of("safety.body", "very_tired", "bad_discharge", "belly_pain", "wound", "vomiting"),
        action="go_er",
        told=msg(
            "A fever with these other signs can mean a very bad infection. Go to the emergency "
            "room now and say you gave birth recently."
        ),
        why=msg("Sepsis: can turn life-threatening within hours"),
        sources=("S9", "S10", "S12", "OWN"),
    ),
    _urgent(
        "U-BLEED",
        has("safety.body", "heavy_bleeding"),
        action="go_er",
        told=msg(
            "Bleeding this heavy needs care now. Go to the emergency room. Call 911 if you feel "
            "faint."
        ),
        why=msg("Late postpartum hemorrhage (can occur up to 12 weeks)"),
        sources=("S9", "S10", "S12"),
    ),
    _urgent(
        "U-DISCHARGE",
        has("safety.body", "bad_discharge"),
        action="call_provider_now",
        told=msg("Bad-smelling blood or fluid can mean an infection that needs care today."),
        why=msg("Endometritis, retained tissue"),
        sources=("S9", "S10", "S12"),
    ),
    _urgent(
        "U-BELLY",
        has("safety.body", "belly_pain"),
        action="go_er",
        told=msg(
            "Very bad belly pain that will not stop needs care now. Go to the emergency room."
        ),
        why=msg("Infection, liver/preeclampsia, surgical causes"),
        sources=("S9", "S7"),
    ),
    _urgent(
        "U-VOMIT",
        has("safety.body", "vomiting"),
        action="call_provider_now",
        told=msg("Throwing up this much needs care today."),
        why=msg("CDC warning sign; preeclampsia, dehydration"),
        sources=("S9",),
    ),
    _urgent(
        "U-CLOT",
        has("safety.body", "leg"),
        action="go_er",
        told=msg(
            "A swollen, red, or sore leg or arm can mean a blood clot. Go to the emergency room "
            "now. Don’t rub it."
        ),
        why=msg("Deep vein thrombosis"),
        sources=("S9", "S10", "S14", "S7"),
    ),
    _urgent(
        "U-WOUND",
        has("safety.body", "wound"),
        action="call_provider_now",
        told=msg("Your cut or stitches may be infected. They need a look today."),
        why=msg("Wound infection or opening"),
        sources=("S10",),
    ),
    _urgent(
        "U-BREAST",
        has("safety.body", "breast"),
        action="call_provider_now",
        told=msg(
            "This can be a breast infection (mastitis). It needs care today. It is usually fine to "
            "keep feeding or pumping."
        ),
        why=msg("Mastitis, abscess, sepsis"),
        sources=("S15", "S9"),
    ),
    _urgent(
        "U-TIRED",
        has("safety.body", "very_tired"),
        action="call_provider_now",
        told=msg(
            "Sudden, extreme weakness is not normal new-parent tiredness. Please get checked today."
        ),
        why=msg("CDC warning sign: blood loss, heart, infection, depression"),
        sources=("S9",),
    ),
    _urgent(
        "U-PREGNANCY",
        has("safety.body", "pregnancy_sign"),
        action="call_provider_now",
        told=msg("Bleeding, leaking fluid, or less movement in pregnancy needs a check right now."),
        why=msg("CDC pregnancy warning signs"),
        sources=("S9",),
    ),
    _urgent(
        "U-SELF-HARM",
        has("safety.mind", "self_harm"),
        action="crisis_988",
        told=msg(
            "We are really glad you told us. You deserve support right now. Call or text 988. If "
            "you might act on these thoughts, call 911."
        ),
        why=msg("Suicide is a leading cause of death after birth"),
        sources=("S9", "S10", "S17"),
    ),
    _urgent(
        "U-BABY-HARM",
        has("safety.mind", "baby_harm"),
        action="crisis_988",
        told=msg(
            "Thank you for telling us. Scary thoughts like this happen to many parents, and help "
            "works. Call or text 988 now. If you might act on them, call 911 and ask someone to be "
            "with you and your baby."
        ),
        why=msg("May be intrusive thoughts, depression, or psychosis: needs skilled triage now"),
        sources=("S9", "S10", "S17"),
    ),
    _urgent(
        "U-PSYCHOSIS",
        has("safety.mind", "psychosis"),
        action="call_911",
        told=msg(
            "This can be a medical emergency, and it can be treated. Call 911 now, or ask someone "
            "you trust to call and stay with you."
        ),
        why=msg("Postpartum psychosis"),
        sources=("S16",),
    ),
    _urgent(
        "U-CAUDA-COMBO",
        has("pain.signs", "nerve")
        & (any_of("leak.when", "no_reason", "stool") | has("bg.now", "hard_empty")),
        domain="pain",
        action="go_er",
        told=msg(
            "Leg numbness or weakness along with bladder or bowel changes can mean pressure on the "
            "nerves of your spine. Go to the emergency room now."
        ),
        why=msg(
            "Possible early cauda equina syndrome (one-sided leg symptoms plus new bladder or "
            "bowel change)"
        ),
        sources=("S11",),
    ),
    _urgent(
        "U-BULGE-STUCK",
        has("heavy.bulge", "stuck"),
        domain="heaviness",
        action="go_er",
        told=msg(
            "A bulge that hurts, bleeds, or will not go back needs care now. Go to the emergency "
            "room."
        ),
        why=msg("Trapped prolapse; can block the bladder"),
        sources=("S23", "OWN"),
    ),
)
