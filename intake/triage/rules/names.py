"""The short names by which clinicians read rules, and which of two flags is the more dangerous.

The names stand beside the rules and not in them: they judge nothing, so a better word needs no new
version of the rules.
"""

# mypy: disallow-any-explicit

from collections.abc import Mapping

from intake.questionnaire.definition import msg

# By rule id, the most dangerous first: urgent rules by what the patient is told to do, then red,
# then caution. Within that, what cannot wait or was not answered comes before what a plan settles.
# The order within a level and action is ours (OWN) and waits for the lead clinician. The rules of
# both forms stand in one order, because both can be open about one patient. What the check-in asks
# about the time since the last visit is called new.
NAMES: Mapping[str, str] = {
    # Urgent: call 911
    "U-CHEST": msg("Chest pain or racing heart"),
    "U-BREATH": msg("Trouble breathing"),
    "CU-CHEST": msg("New heart, breathing or stroke signs"),
    "U-STROKE": msg("Stroke signs"),
    "U-SEIZURE": msg("Seizure"),
    "U-PREECLAMPSIA": msg("Possible preeclampsia"),
    "U-FAINT": msg("Fainting or strong dizziness"),
    "U-PSYCHOSIS": msg("Possible psychosis"),
    "CU-PSYCHOSIS": msg("New signs of psychosis"),
    # Urgent: go to the emergency room
    "U-SEPSIS": msg("Possible sepsis"),
    "U-BLEED": msg("Heavy bleeding"),
    "CU-BLEED": msg("New heavy bleeding"),
    "U-CLOT": msg("Possible blood clot"),
    "CU-LEG": msg("New signs of a blood clot"),
    "U-SWELLING-BP": msg("Sudden swelling after high blood pressure"),
    "U-HEADACHE": msg("Strong headache"),
    "CU-HEAD": msg("New headache, vision change or swelling"),
    "U-VISION": msg("Vision change"),
    "U-CAUDA": msg("Possible cauda equina"),
    "CU-SADDLE": msg("New signs of cauda equina"),
    "U-CAUDA-COMBO": msg("Leg nerve signs with bladder or bowel change"),
    "CU-CAUDA": msg("New leg nerve signs with leaking stool"),
    "U-BELLY": msg("Strong belly pain"),
    "CU-BELLY": msg("New strong belly pain"),
    "U-RETENTION": msg("Cannot empty the bladder"),
    "U-BULGE-STUCK": msg("Trapped bulge"),
    "CU-BULGE": msg("New trapped bulge"),
    # Urgent: call or text 988
    "U-SELF-HARM": msg("Thoughts of self-harm"),
    "U-BABY-HARM": msg("Thoughts of harming the baby or others"),
    "CU-MIND": msg("New thoughts of harm to self or others"),
    # Urgent: call the OB or midwife now
    "U-FEVER": msg("Fever after birth"),
    "U-DISCHARGE": msg("Discharge with a bad smell"),
    "U-WOUND": msg("Possible wound infection"),
    "U-BREAST": msg("Possible breast infection"),
    "CU-INFECT": msg("New signs of infection"),
    "U-SWELLING": msg("Sudden swelling"),
    "U-PREGNANCY": msg("Pregnancy warning sign"),
    "CU-PREG": msg("New pregnancy warning sign"),
    "U-TIRED": msg("Sudden, extreme weakness"),
    "CU-WEAK": msg("New extreme weakness"),
    "U-VOMIT": msg("Keeps no fluids down"),
    # Red
    "R-MIND-SKIP": msg("Self-harm question declined"),
    "R-DATA-SAFETY": msg("Safety questions not answered"),
    "CR-DATA": msg("Warning signs not answered"),
    "R-MOOD-DAILY": msg("Very low mood almost every day"),
    "CR-MOOD": msg("New very low mood"),
    "R-HEART-KIDNEY": msg("Heart or kidney condition"),
    "R-CLOT-HX": msg("Earlier blood clot"),
    "R-PAIN-BONE": msg("Possible bone stress"),
    "CR-BONE": msg("New signs of bone stress"),
    "R-PAIN-NERVE": msg("Nerve signs in one leg"),
    "CR-NERVE": msg("New nerve signs in one leg"),
    "R-PAIN-REST": msg("Pain that rest does not ease"),
    "R-BLEED-BACK": msg("Bleeding came back"),
    "CR-BLEED": msg("New or heavier bleeding"),
    "R-BLEED-8WK": msg("Bleeding 8 weeks or longer"),
    "R-PREGNANT": msg("May be pregnant"),
    "CR-PREGNANT": msg("May be newly pregnant"),
    "R-LUMP": msg("Possible hernia"),
    "R-URINE-BLOOD": msg("Blood in urine"),
    "R-TEAR-SEVERE": msg("Tear into the anal sphincter"),
    "R-UNHEALED": msg("Wound not healed by 6 weeks"),
    "R-HEAVY-OUTSIDE": msg("Bulge at or past the opening"),
    "CR-BULGE": msg("New bulge at or past the opening"),
    "R-LEAK-STOOL": msg("Leaking stool"),
    "CR-STOOL": msg("New leaking stool"),
    "R-LEAK-CONSTANT": msg("Leaking for no clear reason"),
    "R-PROLAPSE-SX": msg("Prolapse with symptoms"),
    "R-PESSARY-PROBLEM": msg("Pessary problem"),
    "R-ENERGY": msg("Possible low energy availability"),
    "R-PAIN-SEVERE": msg("Pain of 7 or more"),
    "CR-PAIN": msg("Pain of 6 or more this week"),
    "R-HEAVY-DAILY": msg("Heaviness every day"),
    "CR-HEAVY": msg("Heaviness every day this week"),
    "R-LEAK-HEAVY": msg("Leaking a lot each day"),
    "CR-LEAK": msg("Leaking many times a day"),
    "R-RUN-LASTS": msg("Symptoms over 24 hours after running"),
    "CR-LINGER": msg("New symptoms over 24 hours"),
    "CR-LOAD": msg("Walking brings on symptoms this week"),
    "R-TIME-RUN": msg("Running before 6 weeks"),
    "R-CLEAR-WAIT": msg("Told to wait with exercise"),
    "R-DATA-HIDDEN": msg("A danger answer may be missing"),
    "R-DATA-BIRTH": msg("Birth date missing where it matters"),
    # Caution: mood first, it waits in a queue of its own
    "C-MOOD": msg("Low mood most days"),
    "C-MOOD-SKIP": msg("Mood question declined"),
    "C-PAIN-PINPOINT": msg("Sore spot on a bone"),
    "C-PAIN-LIMP": msg("Pain with a limp"),
    "C-HX-BONE": msg("Earlier bone stress injury"),
    "C-HX-BP": msg("High blood pressure in or since pregnancy"),
    "C-BLEED-UNKNOWN": msg("Bleeding not known"),
    "C-TEAR-UNKNOWN": msg("Tear not known"),
    "C-HX-EATING": msg("Eating disorder, now or earlier"),
    "C-FUEL": msg("Eats little or loses weight"),
    "C-NO-PERIOD": msg("No period by 12 weeks"),
    "C-ANEMIA": msg("Low iron"),
    "C-URINE-BURN": msg("Possible bladder infection"),
    "C-URINE-EMPTY": msg("Hard to empty the bladder"),
    "C-LOAD-WALK": msg("Walking brings on symptoms"),
    "C-LOAD-IMPACT": msg("Impact brings on symptoms"),
    "CC-LOAD": msg("Impact brings on symptoms this week"),
    "CC-RISE": msg("A score rose by 20 or more"),
    "C-PROLAPSE-QUIET": msg("Prolapse with few symptoms"),
    "C-HEAVY-INSIDE": msg("Bulge felt inside"),
    "C-HEAVY-UNSURE": msg("Bulge not known"),
    "C-HEAVY-WEEKLY": msg("Heaviness every week"),
    "CC-HEAVY": msg("Heaviness this week"),
    "C-LEAK-GAS": msg("Leaking gas"),
    "C-LEAK-MOD": msg("Moderate leaking"),
    "CC-LEAK": msg("Leaking this week"),
    "C-PAIN-MOD": msg("Pain of 4 to 6"),
    "CC-PAIN": msg("Pain of 4 or 5 this week"),
    "C-PAIN-IMPACT": msg("Pain on landing"),
    "C-PAIN-LINGER": msg("Pain over 24 hours after activity"),
    "C-PAIN-PELVIC": msg("Perineal or pelvic floor pain"),
    "C-PAIN-SCAR": msg("C-section scar pain"),
    "C-RUN-SETTLES": msg("Symptoms after running, gone in 24 hours"),
    "C-CONFLICT": msg("Answers about impact do not match"),
    "C-RISK4": msg("Four or more risk factors for running pain"),
    "C-ASSISTED": msg("Forceps or vacuum birth"),
    "C-HX-SURGERY": msg("Earlier prolapse or leaking surgery"),
    "C-PESSARY": msg("Pessary in use"),
    "C-DOMING": msg("Belly domes"),
    "C-CORE": msg("Cut off from the belly muscles"),
    "C-TIME-RUN": msg("Running before 12 weeks"),
    "C-TIME-LT6": msg("Under 6 weeks"),
    "C-TIME-LT12": msg("Under 12 weeks"),
    "C-CLEAR-NONE": msg("No check-up yet"),
    "C-CLEAR-LIMITS": msg("Cleared with limits"),
    "C-WORRY": msg("Strong worry about running"),
    "CC-WORRY": msg("Strong worry about running this week"),
    "C-RACE-SOON": msg("Race within 12 weeks"),
    "C-LOAD-SHORT": msg("Walks under 30 minutes"),
    "C-SLEEP": msg("Under 6 hours of sleep"),
    "C-TIRED": msg("Worn out"),
    "C-MILK": msg("Milk supply dropped"),
    "C-HEAVY-RARE": msg("Heaviness now and then"),
    "C-LEAK-MILD": msg("Mild leaking"),
    "C-PAIN-MILD": msg("Mild pain"),
    "C-DATA-MISSING": msg("Answers missing"),
    "CC-DATA": msg("Check-in not complete"),
}

_PLACES = {rule_id: place for place, rule_id in enumerate(NAMES)}


def rule_name(rule_id: str) -> str:
    """Return the English name of a rule, to be translated; its id if it has none.

    A rule that a later version no longer has leaves flags on forms that were sent before.
    """
    return NAMES.get(rule_id, rule_id)


def danger(rule_id: str) -> int:
    """Return the place of a rule among all rules, from 0 for the most dangerous.

    An id that is no rule's has -1: what no rule judged is read first.
    """
    return _PLACES.get(rule_id, -1)
