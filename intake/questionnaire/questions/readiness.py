"""Questions about how ready the patient is to run, and what she wants from the clinic."""

# mypy: disallow-any-explicit

from intake.questionnaire.conditions import any_of
from intake.questionnaire.questions.parts import Choice, Question, Section, msg

# The check-in asks with the same choices, so that the two readiness scores can be compared.
LOADS = (
    Choice("walk_symptoms", msg("Walking brings on leaking, heaviness, or pain")),
    Choice("short_walk", msg("I walk less than 30 minutes at a time, and it feels fine")),
    Choice(
        "walk30",
        msg(
            "I can walk fast for 30 minutes, and it feels fine. I have not tried jogging or jumping"
        ),
    ),
    Choice(
        "impact_symptoms",
        msg("Walking is fine, but jogging or jumping brings on leaking, heaviness, or pain"),
    ),
    Choice("impact_ok", msg("I have jogged or jumped, and it felt fine")),
)

READY = Section(
    number=7,
    slug="ready",
    title=msg("Ready to run"),
    questions=(
        Question(
            "ready.load",
            "single",
            msg("Which best fits the last 2 weeks? Please don’t try anything new just to answer."),
            why=msg(
                "A self-report ladder that tells us where to start testing. It is never used as "
                "clearance."
            ),
            why_we_ask=msg(
                "It shows where to start testing. Nothing here clears you to run, and nothing "
                "rules you out."
            ),
            choices=LOADS,
        ),
        Question(
            "ready.run_response",
            "single",
            msg("After a run, how does your body feel?"),
            why=msg("The 24-hour rule: how the body responds after load."),
            why_we_ask=msg(
                "How your body feels the day after a run tells us if it was the right amount."
            ),
            choices=(
                Choice("fine", msg("Fine. No leaking, heaviness, or pain")),
                Choice(
                    "settles",
                    msg("I have some leaking, heaviness, or pain, but it is gone in 24 hours"),
                ),
                Choice(
                    "lasts",
                    msg(
                        "I have leaking, heaviness, or pain that lasts more than 24 hours, or gets "
                        "worse each run"
                    ),
                ),
            ),
            shown=any_of("bg.running", "walk_run", "running"),
        ),
        Question(
            "ready.sleep",
            "integer",
            msg("In a normal day and night, about how many hours do you sleep in all? Naps count."),
            hint=msg("Use a whole number. If you are in between, round down."),
            why=msg("Less sleep goes with more running pain after birth and slower recovery."),
            why_we_ask=msg(
                "Sleep changes how fast a body heals. We plan around the nights you really have."
            ),
            minimum=0,
            maximum=24,
        ),
        Question(
            "ready.energy",
            "multi",
            msg("In the last 2 weeks, which of these have been true most days?"),
            hint=msg("Check all that apply."),
            why=msg(
                "Food and energy. Eating too little for your needs can harm bones, milk, mood and "
                "healing."
            ),
            why_we_ask=msg(
                "Running and healing need fuel. Too little can harm bones, milk and mood."
            ),
            choices=(
                Choice("worn_out", msg("I feel worn out, even when I get a chance to rest")),
                Choice("skip_meals", msg("I skip meals or eat less on purpose to lose weight")),
                Choice("weight_loss", msg("I am losing weight fast without trying")),
                Choice("milk_drop", msg("My milk supply dropped when I got more active")),
                Choice("none", msg("None of these"), exclusive=True),
            ),
        ),
        Question(
            "ready.mood",
            "single",
            msg(
                "In the last 2 weeks, how often have you felt very low, without hope, or not able "
                "to enjoy things?"
            ),
            why=msg("Low mood is common and treatable. It changes what support we offer."),
            why_we_ask=msg(
                "Feeling low after a birth is common and can be treated. It changes what "
                "support we offer."
            ),
            choices=(
                Choice("never", msg("Not at all")),
                Choice("some_days", msg("Some days")),
                Choice("most_days", msg("Most days")),
                Choice("every_day", msg("Almost every day")),
                Choice("prefer_not", msg("I’d rather not say")),
            ),
        ),
        Question(
            "ready.worry",
            "scale",
            msg(
                "How worried are you that running will hurt you or slow your healing? 0 is not "
                "worried. 10 is very worried."
            ),
            why=msg(
                "Fear of movement is linked with not getting back to running. Part of the "
                "readiness score."
            ),
            why_we_ask=msg("Worry about getting hurt is real. It is part of what we work on."),
            minimum=0,
            maximum=10,
        ),
    ),
)

CARE = Section(
    number=8,
    slug="care",
    title=msg("Your care"),
    questions=(
        Question(
            "care.note",
            "text",
            msg("Is there anything that would help you feel safe and at ease with us?"),
            hint=msg(
                "You are always in charge. An internal exam is never required. Staff read this on "
                "work days. Please don’t use it for urgent needs."
            ),
            why=msg("Trauma-informed care: the patient sets the terms. Never read by the rules."),
            why_we_ask=msg(
                "You decide what happens in the room. Tell us anything that would make it easier."
            ),
            required=False,
        ),
    ),
)
