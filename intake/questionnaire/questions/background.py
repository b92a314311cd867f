"""Questions about birth, healing and running so far."""

# mypy: disallow-any-explicit

from intake.questionnaire.conditions import any_of
from intake.questionnaire.questions.parts import Choice, Question, Section, msg

BIRTH = Section(
    number=2,
    slug="birth",
    title=msg("Birth and healing"),
    questions=(
        Question(
            "bg.birth_date",
            "date",
            msg("When did you last give birth?"),
            hint=msg(
                "Use your most recent birth. If your pregnancy ended in a loss, we are so sorry. "
                "You are welcome here. Please use that date."
            ),
            why=msg("Gives weeks since birth (W). Healing time sets what is safe to test."),
            why_we_ask=msg(
                "Healing takes time. The date tells us what is safe to test now and what can wait."
            ),
        ),
        Question(
            "bg.delivery",
            "single",
            msg("How was your baby born?"),
            hint=msg("If you had both (such as twins), pick C-section."),
            why=msg(
                "Vaginal birth raises the odds of leaking; a C-section adds scar care; forceps or "
                "vacuum can strain the pelvic floor."
            ),
            why_we_ask=msg(
                "Each kind of birth asks something different of your body, so your plan starts "
                "from yours."
            ),
            choices=(
                Choice("vaginal", msg("Vaginal birth")),
                Choice("assisted", msg("Vaginal birth with forceps or vacuum")),
                Choice("cesarean", msg("C-section")),
                Choice("prefer_not", msg("I’d rather not say")),
            ),
        ),
        Question(
            "bg.tear",
            "single",
            msg("Did you have a tear or a cut near the vagina when you gave birth?"),
            why=msg(
                "3rd and 4th degree tears involve the muscle that controls the bowels. They need a "
                "check before impact."
            ),
            why_we_ask=msg(
                "A deeper tear involves the muscle that holds poop and gas. We would like to "
                "check it before running and jumping."
            ),
            choices=(
                Choice("none", msg("No")),
                Choice("minor", msg("Yes, a small tear (1st or 2nd degree) or a cut (episiotomy)")),
                Choice("severe", msg("Yes, a 3rd or 4th degree tear")),
                Choice("unsure", msg("I’m not sure")),
                Choice("prefer_not", msg("I’d rather not say")),
            ),
            shown=any_of("bg.delivery", "vaginal", "assisted"),
        ),
        Question(
            "bg.clearance",
            "single",
            msg("At a check-up since birth, what did your doctor or midwife say about exercise?"),
            why=msg("Medical clearance. Shows if another provider has set limits."),
            why_we_ask=msg("If somebody has set limits for you, we keep to them."),
            choices=(
                Choice("yes", msg("I can go back to exercise")),
                Choice("limits", msg("I can exercise, with some limits")),
                Choice("wait", msg("I should wait")),
                Choice(
                    "no_visit",
                    msg("I have not had that check-up, or we did not talk about exercise"),
                ),
            ),
        ),
        Question(
            "bg.bleeding",
            "single",
            msg("Which best fits your vaginal bleeding and periods now?"),
            why=msg(
                "Bleeding past 8 weeks or bleeding that comes back needs a check. No period can "
                "also be a clue about energy and bone health."
            ),
            why_we_ask=msg(
                "Bleeding that goes on or comes back can mean your body needs a closer look. A "
                "missing period can be a sign of too little energy."
            ),
            choices=(
                Choice("none", msg("No bleeding, and no period yet")),
                Choice("period", msg("My period is back. No other bleeding")),
                Choice(
                    "hormonal",
                    msg("I use hormonal birth control or an IUD that changes my bleeding"),
                ),
                Choice("lochia", msg("I still have light bleeding or spotting from the birth")),
                Choice(
                    "returned",
                    msg(
                        "Bleeding had stopped but came back (not a period), or it gets heavier "
                        "when I’m active"
                    ),
                ),
                Choice("prefer_not", msg("I’d rather not say")),
            ),
        ),
        Question(
            "bg.history",
            "multi",
            msg("Have you ever had any of these? Check all that apply."),
            why=msg("Past and long-term conditions that change the plan."),
            why_we_ask=msg("Some conditions change what we test and how fast we go."),
            choices=(
                Choice(
                    "prolapse",
                    msg("A provider said I have prolapse (an organ that has dropped)"),
                ),
                Choice("pessary_ok", msg("I use a pessary (vaginal support) and it fits well")),
                Choice(
                    "pessary_problem",
                    msg("I use a pessary but it slips, hurts, or causes bleeding or a bad smell"),
                ),
                Choice("pelvic_surgery", msg("Surgery for prolapse or leaking")),
                Choice("heart_kidney", msg("A heart or kidney condition")),
                Choice("clot", msg("A blood clot in my leg or lung")),
                Choice(
                    "high_bp",
                    msg("High blood pressure or preeclampsia in or since this pregnancy"),
                ),
                Choice("stress_fracture", msg("A stress fracture or bone stress injury")),
                Choice("run_injury", msg("A running injury that made me stop for a week or more")),
                Choice("eating_disorder", msg("An eating disorder, now or in the past")),
                Choice("none", msg("None of these"), exclusive=True),
            ),
        ),
        Question(
            "bg.now",
            "multi",
            msg("Which of these are true for you right now?"),
            hint=msg("Check all that apply."),
            why=msg(
                "Current body changes. Breastfeeding is not a problem; it changes energy and fluid "
                "needs and explains missing periods."
            ),
            why_we_ask=msg(
                "Feeding a baby, a sore scar, a new pregnancy: they change what your body needs."
            ),
            choices=(
                Choice("breastfeeding", msg("I breastfeed or pump")),
                Choice(
                    "unhealed",
                    msg("My C-section cut, tear, or stitches have not fully healed"),
                ),
                Choice(
                    "doming",
                    msg("My belly domes or bulges down the middle when I sit up or lift"),
                ),
                Choice(
                    "core",
                    msg("I feel cut off from my belly muscles, or they don’t seem to work"),
                ),
                Choice("lump", msg("I have a hard or painful lump in my belly or groin")),
                Choice("burning", msg("It burns when I pee")),
                Choice("blood_urine", msg("I see blood in my pee")),
                Choice("hard_empty", msg("It is hard to start peeing or to empty my bladder")),
                Choice("anemia", msg("I have been told I have low iron (anemia)")),
                Choice("pregnant", msg("I am pregnant or might be")),
                Choice("none", msg("None of these"), exclusive=True),
            ),
        ),
    ),
)

RUNNING = Section(
    number=3,
    slug="running",
    title=msg("Running"),
    questions=(
        Question(
            "bg.running",
            "single",
            msg("Where are you with running today?"),
            why=msg("Sets the starting point. New runners get more running pain after birth."),
            why_we_ask=msg("It tells us where you are starting from."),
            choices=(
                Choice("new", msg("I’m new to running and have not started")),
                Choice("paused", msg("I ran before, but have not restarted since birth")),
                Choice("walk_run", msg("I mix walking and running")),
                Choice("running", msg("I run without walk breaks")),
            ),
        ),
        Question(
            "bg.goal",
            "single",
            msg("What is your main goal right now?"),
            why=msg("Shapes the plan and flags tight race dates."),
            why_we_ask=msg("Your goal shapes the plan. If a race is close, we talk about it."),
            choices=(
                Choice("comfort", msg("Jog and feel good in my body")),
                Choice("regular", msg("Run each week")),
                Choice("race_soon", msg("Do a race in the next 12 weeks")),
                Choice("race_later", msg("Do a race later on")),
                Choice("other_sport", msg("Go back to another sport with jumping or running")),
                Choice("unsure", msg("I’m not sure yet")),
            ),
            required=False,
        ),
    ),
)
