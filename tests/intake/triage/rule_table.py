"""What the clinicians decided for each rule, typed by hand.

Tests take a rule's expected level, domain, action and "evaluation first" from here, so a rule that
is weakened in the code meets a value that nobody computed from it. Type a new or changed row from
what was decided, never from the code.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from intake.triage.evaluate import Judged
from intake.triage.rules import FiredRule, Rule

URGENT, RED, CAUTION = "urgent", "red", "caution"
SAFETY, BACKGROUND, LEAK = "safety", "background", "leak"
HEAVINESS, PAIN, READINESS = "heaviness", "pain", "readiness"
NO_DOMAIN = ""  # a check-in's rules have none
CALL_911, GO_ER, CRISIS_988 = "call_911", "go_er", "crisis_988"
CALL_PROVIDER = "call_provider_now"
FIRST = True  # the evaluation comes first


class Row(NamedTuple):
    """What follows when a rule fires; see `Rule` for what the fields mean."""

    level: str
    domain: str
    action: str | None = None
    eval_first: bool = False


INTAKE_TABLE = {
    "U-CHEST": Row(URGENT, SAFETY, CALL_911),
    "U-BREATH": Row(URGENT, SAFETY, CALL_911),
    "U-SEIZURE": Row(URGENT, SAFETY, CALL_911),
    "U-STROKE": Row(URGENT, SAFETY, CALL_911),
    "U-FAINT": Row(URGENT, SAFETY, CALL_911),
    "U-PREECLAMPSIA": Row(URGENT, SAFETY, CALL_911),
    "U-HEADACHE": Row(URGENT, SAFETY, GO_ER),
    "U-VISION": Row(URGENT, SAFETY, GO_ER),
    "U-SWELLING": Row(URGENT, SAFETY, CALL_PROVIDER),
    "U-SWELLING-BP": Row(URGENT, SAFETY, GO_ER),
    "U-CAUDA": Row(URGENT, SAFETY, GO_ER),
    "U-RETENTION": Row(URGENT, SAFETY, GO_ER),
    "U-FEVER": Row(URGENT, SAFETY, CALL_PROVIDER),
    "U-SEPSIS": Row(URGENT, SAFETY, GO_ER),
    "U-BLEED": Row(URGENT, SAFETY, GO_ER),
    "U-DISCHARGE": Row(URGENT, SAFETY, CALL_PROVIDER),
    "U-BELLY": Row(URGENT, SAFETY, GO_ER),
    "U-VOMIT": Row(URGENT, SAFETY, CALL_PROVIDER),
    "U-CLOT": Row(URGENT, SAFETY, GO_ER),
    "U-WOUND": Row(URGENT, SAFETY, CALL_PROVIDER),
    "U-BREAST": Row(URGENT, SAFETY, CALL_PROVIDER),
    "U-TIRED": Row(URGENT, SAFETY, CALL_PROVIDER),
    "U-PREGNANCY": Row(URGENT, SAFETY, CALL_PROVIDER),
    "U-SELF-HARM": Row(URGENT, SAFETY, CRISIS_988),
    "U-BABY-HARM": Row(URGENT, SAFETY, CRISIS_988),
    "U-PSYCHOSIS": Row(URGENT, SAFETY, CALL_911),
    "U-CAUDA-COMBO": Row(URGENT, PAIN, GO_ER),
    "U-BULGE-STUCK": Row(URGENT, HEAVINESS, GO_ER),
    "R-MIND-SKIP": Row(RED, SAFETY),
    "R-DATA-SAFETY": Row(RED, SAFETY),
    "R-DATA-HIDDEN": Row(RED, BACKGROUND),
    "R-DATA-BIRTH": Row(RED, BACKGROUND),
    "R-TIME-RUN": Row(RED, BACKGROUND),
    "R-CLEAR-WAIT": Row(RED, BACKGROUND),
    "R-TEAR-SEVERE": Row(RED, BACKGROUND),
    "R-UNHEALED": Row(RED, BACKGROUND),
    "R-BLEED-8WK": Row(RED, BACKGROUND),
    "R-BLEED-BACK": Row(RED, BACKGROUND),
    "R-HEART-KIDNEY": Row(RED, BACKGROUND),
    "R-CLOT-HX": Row(RED, BACKGROUND),
    "R-PREGNANT": Row(RED, BACKGROUND),
    "R-LUMP": Row(RED, BACKGROUND),
    "R-URINE-BLOOD": Row(RED, LEAK),
    "R-LEAK-STOOL": Row(RED, LEAK),
    "R-LEAK-CONSTANT": Row(RED, LEAK),
    "R-LEAK-HEAVY": Row(RED, LEAK),
    "R-HEAVY-DAILY": Row(RED, HEAVINESS),
    "R-HEAVY-OUTSIDE": Row(RED, HEAVINESS),
    "R-PROLAPSE-SX": Row(RED, HEAVINESS),
    "R-PESSARY-PROBLEM": Row(RED, HEAVINESS),
    "R-PAIN-SEVERE": Row(RED, PAIN),
    "R-PAIN-REST": Row(RED, PAIN),
    "R-PAIN-NERVE": Row(RED, PAIN),
    "R-PAIN-BONE": Row(RED, PAIN),
    "R-ENERGY": Row(RED, READINESS),
    "R-MOOD-DAILY": Row(RED, READINESS),
    "R-RUN-LASTS": Row(RED, READINESS),
    "C-DATA-MISSING": Row(CAUTION, BACKGROUND, None, FIRST),
    "C-TIME-LT6": Row(CAUTION, BACKGROUND, None, FIRST),
    "C-TIME-RUN": Row(CAUTION, BACKGROUND, None, FIRST),
    "C-TIME-LT12": Row(CAUTION, BACKGROUND),
    "C-CLEAR-NONE": Row(CAUTION, BACKGROUND, None, FIRST),
    "C-CLEAR-LIMITS": Row(CAUTION, BACKGROUND, None, FIRST),
    "C-TEAR-UNKNOWN": Row(CAUTION, BACKGROUND),
    "C-ASSISTED": Row(CAUTION, BACKGROUND),
    "C-BLEED-UNKNOWN": Row(CAUTION, BACKGROUND),
    "C-NO-PERIOD": Row(CAUTION, READINESS, None, FIRST),
    "C-HX-BP": Row(CAUTION, BACKGROUND, None, FIRST),
    "C-HX-SURGERY": Row(CAUTION, BACKGROUND, None, FIRST),
    "C-HX-BONE": Row(CAUTION, PAIN, None, FIRST),
    "C-HX-EATING": Row(CAUTION, READINESS, None, FIRST),
    "C-PESSARY": Row(CAUTION, HEAVINESS),
    "C-ANEMIA": Row(CAUTION, BACKGROUND),
    "C-DOMING": Row(CAUTION, BACKGROUND),
    "C-CORE": Row(CAUTION, BACKGROUND),
    "C-URINE-BURN": Row(CAUTION, LEAK),
    "C-URINE-EMPTY": Row(CAUTION, LEAK, None, FIRST),
    "C-LEAK-GAS": Row(CAUTION, LEAK, None, FIRST),
    "C-LEAK-MOD": Row(CAUTION, LEAK, None, FIRST),
    "C-LEAK-MILD": Row(CAUTION, LEAK),
    "C-HEAVY-WEEKLY": Row(CAUTION, HEAVINESS, None, FIRST),
    "C-HEAVY-RARE": Row(CAUTION, HEAVINESS),
    "C-HEAVY-INSIDE": Row(CAUTION, HEAVINESS, None, FIRST),
    "C-HEAVY-UNSURE": Row(CAUTION, HEAVINESS, None, FIRST),
    "C-PROLAPSE-QUIET": Row(CAUTION, HEAVINESS, None, FIRST),
    "C-PAIN-MOD": Row(CAUTION, PAIN, None, FIRST),
    "C-PAIN-MILD": Row(CAUTION, PAIN),
    "C-PAIN-IMPACT": Row(CAUTION, PAIN, None, FIRST),
    "C-PAIN-LIMP": Row(CAUTION, PAIN, None, FIRST),
    "C-PAIN-PINPOINT": Row(CAUTION, PAIN, None, FIRST),
    "C-PAIN-LINGER": Row(CAUTION, PAIN, None, FIRST),
    "C-PAIN-SCAR": Row(CAUTION, PAIN, None, FIRST),
    "C-PAIN-PELVIC": Row(CAUTION, PAIN, None, FIRST),
    "C-LOAD-WALK": Row(CAUTION, READINESS, None, FIRST),
    "C-LOAD-SHORT": Row(CAUTION, READINESS),
    "C-LOAD-IMPACT": Row(CAUTION, READINESS),
    "C-RUN-SETTLES": Row(CAUTION, READINESS),
    "C-SLEEP": Row(CAUTION, READINESS),
    "C-TIRED": Row(CAUTION, READINESS),
    "C-FUEL": Row(CAUTION, READINESS, None, FIRST),
    "C-MILK": Row(CAUTION, READINESS),
    "C-MOOD": Row(CAUTION, READINESS),
    "C-MOOD-SKIP": Row(CAUTION, READINESS),
    "C-WORRY": Row(CAUTION, READINESS),
    "C-RACE-SOON": Row(CAUTION, READINESS),
    "C-RISK4": Row(CAUTION, PAIN, None, FIRST),
    "C-CONFLICT": Row(CAUTION, READINESS),
}

CHECKIN_TABLE = {
    "CU-CHEST": Row(URGENT, NO_DOMAIN, CALL_911),
    "CU-PSYCHOSIS": Row(URGENT, NO_DOMAIN, CALL_911),
    "CU-BLEED": Row(URGENT, NO_DOMAIN, GO_ER),
    "CU-BELLY": Row(URGENT, NO_DOMAIN, GO_ER),
    "CU-LEG": Row(URGENT, NO_DOMAIN, GO_ER),
    "CU-SADDLE": Row(URGENT, NO_DOMAIN, GO_ER),
    "CU-CAUDA": Row(URGENT, NO_DOMAIN, GO_ER),
    "CU-BULGE": Row(URGENT, NO_DOMAIN, GO_ER),
    "CU-MIND": Row(URGENT, NO_DOMAIN, CRISIS_988),
    "CU-HEAD": Row(URGENT, NO_DOMAIN, GO_ER),
    "CU-INFECT": Row(URGENT, NO_DOMAIN, CALL_PROVIDER),
    "CU-WEAK": Row(URGENT, NO_DOMAIN, CALL_PROVIDER),
    "CU-PREG": Row(URGENT, NO_DOMAIN, CALL_PROVIDER),
    "CR-BULGE": Row(RED, NO_DOMAIN),
    "CR-STOOL": Row(RED, NO_DOMAIN),
    "CR-NERVE": Row(RED, NO_DOMAIN),
    "CR-BONE": Row(RED, NO_DOMAIN),
    "CR-LINGER": Row(RED, NO_DOMAIN),
    "CR-BLEED": Row(RED, NO_DOMAIN),
    "CR-MOOD": Row(RED, NO_DOMAIN),
    "CR-PREGNANT": Row(RED, NO_DOMAIN),
    "CR-PAIN": Row(RED, NO_DOMAIN),
    "CR-HEAVY": Row(RED, NO_DOMAIN),
    "CR-LEAK": Row(RED, NO_DOMAIN),
    "CR-LOAD": Row(RED, NO_DOMAIN),
    "CR-DATA": Row(RED, NO_DOMAIN),
    "CC-PAIN": Row(CAUTION, NO_DOMAIN),
    "CC-HEAVY": Row(CAUTION, NO_DOMAIN),
    "CC-LEAK": Row(CAUTION, NO_DOMAIN),
    "CC-RISE": Row(CAUTION, NO_DOMAIN),
    "CC-LOAD": Row(CAUTION, NO_DOMAIN),
    "CC-WORRY": Row(CAUTION, NO_DOMAIN),
    "CC-DATA": Row(CAUTION, NO_DOMAIN),
}

TABLE = INTAKE_TABLE | CHECKIN_TABLE


def row_of(found: Rule | FiredRule) -> Row:
    """Return a rule, or a flag it raised, in the form of the table."""
    return Row(found.level, found.domain, found.action, found.eval_first)


def raised(result: Judged, rule_id: str) -> Row | None:
    """Return what a rule's flag says in this result, or None when the rule did not fire."""
    flags = {flag.rule_id: flag for flag in result.flags}
    return row_of(flags[rule_id]) if rule_id in flags else None


def differences(rules: Iterable[Rule], table: Mapping[str, Row]) -> list[str]:
    """Return a sentence for each rule that is not as the table has it, missing ones and extra ones
    among them."""
    said = {rule.id: row_of(rule) for rule in rules}
    return [
        f"{rule_id}: the table has {table.get(rule_id)}, the code has {said.get(rule_id)}"
        for rule_id in sorted(said.keys() | table.keys())
        if said.get(rule_id) != table.get(rule_id)
    ]
