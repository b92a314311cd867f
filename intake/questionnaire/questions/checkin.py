"""Questions of the check-in, asked in the three days before a visit."""

# mypy: disallow-any-explicit

from intake.questionnaire.conditions import lacks
from intake.questionnaire.questions.parts import Choice, Question, Section, msg
from intake.questionnaire.questions.readiness import LOADS

CHECKIN_SECTION = Section(
    number=1,
    slug="check-in",
    title=msg("Check-in"),
    questions=(
        Question(
            "ci.warning",
            "multi",
            msg("Since your last visit, have you had any of these?"),
            why_we_ask=msg(
                "So we know how the days after your last visit went, and you hear at once if "
                "something needs care first."
            ),
            choices=(
                Choice(
                    "chest_breath",
                    msg(
                        "Chest pain, trouble breathing, a pounding heart, fainting, dizziness "
                        "that made you stop or sit down, or a seizure. Or a drooping face, "
                        "weakness on one side, or trouble speaking"
                    ),
                ),
                Choice(
                    "head_vision",
                    msg(
                        "A bad headache that will not ease, changes in how you see, or sudden "
                        "swelling of face or hands"
                    ),
                ),
                Choice(
                    "heavy_bleeding",
                    msg(
                        "Heavy bleeding: you soak a pad in an hour or less, or pass a clot as big "
                        "as an egg"
                    ),
                ),
                Choice(
                    "infection",
                    msg(
                        "Fever of 100.4°F or higher, a cut or stitches that look infected, "
                        "bad-smelling fluid, or a hot, red breast with chills"
                    ),
                ),
                Choice("belly", msg("Very bad belly pain, or throwing up that will not stop")),
                Choice("leg", msg("One leg or arm that is swollen, red, warm, or sore")),
                Choice(
                    "saddle",
                    msg("Numbness between your legs, weakness in both legs, or you can’t pee"),
                ),
                Choice(
                    "weak",
                    msg("Sudden, extreme weakness or tiredness that rest does not help"),
                ),
                Choice(
                    "self_harm",
                    msg("Thoughts of hurting yourself, your baby, or someone else"),
                ),
                Choice(
                    "psychosis",
                    msg("Seeing or hearing things others don’t, or feeling very mixed up"),
                ),
                Choice(
                    "bulge_stuck",
                    msg("A bulge outside the vagina that hurts, bleeds, or will not go back in"),
                ),
                Choice(
                    "preg_sign",
                    msg(
                        "I am pregnant now and have bleeding, leaking fluid, or a baby who is "
                        "moving less"
                    ),
                ),
                Choice("bulge_out", msg("A new bulge at or past the vaginal opening")),
                Choice("stool", msg("Leaking poop")),
                Choice("nerve", msg("Tingling, numbness, or weakness down one leg")),
                Choice("bone", msg("A very sore spot on a bone, or pain that makes you limp")),
                Choice(
                    "linger",
                    msg("Leaking, heaviness, or pain that lasts more than 24 hours after activity"),
                ),
                Choice(
                    "bleeding_back",
                    msg("Bleeding that came back or got heavier with activity (not a period)"),
                ),
                Choice("low_mood", msg("Feeling very low almost every day")),
                Choice("pregnant", msg("I am pregnant or might be")),
                Choice("none", msg("None of these"), exclusive=True),
            ),
        ),
        Question(
            "ci.leak_frequency",
            "single",
            msg("In the last 7 days, how often did you leak?"),
            why_we_ask=msg("How often you leak tells us how your body copes with what you do now."),
            choices=(
                Choice("never", msg("Never")),
                Choice("monthly", msg("Not this week, but in the last month")),
                Choice("weekly", msg("Once")),
                Choice("several_weekly", msg("A few times")),
                Choice("daily", msg("About once a day")),
                Choice("many_daily", msg("Many times a day")),
            ),
        ),
        Question(
            "ci.leak_bother",
            "scale",
            msg("How much did leaking bother you?"),
            why_we_ask=msg(
                "It helps us see how much leaking still gets in your way, and if that gets better."
            ),
            minimum=0,
            maximum=10,
            shown=lacks("ci.leak_frequency", "never"),
        ),
        Question(
            "ci.heavy_frequency",
            "single",
            msg("In the last 7 days, how often did you feel heaviness, dragging, or a bulge?"),
            why_we_ask=msg(
                "A heavy feeling can mean your pelvic floor needs more support before the next "
                "step."
            ),
            choices=(
                Choice("never", msg("Never")),
                Choice("monthly", msg("Not this week, but in the last month")),
                Choice("weekly", msg("Once")),
                Choice("several_weekly", msg("A few days")),
                Choice("daily", msg("Every day, some of the day")),
                Choice("constant", msg("Every day, most of the day")),
            ),
        ),
        Question(
            "ci.heavy_bother",
            "scale",
            msg("How much did it bother you?"),
            why_we_ask=msg(
                "It helps us see how much this still gets in your way, and if that gets better."
            ),
            minimum=0,
            maximum=10,
            shown=lacks("ci.heavy_frequency", "never"),
        ),
        Question(
            "ci.pain_worst",
            "scale",
            msg("What was your worst pain in the last 7 days?"),
            why_we_ask=msg(
                "Your worst pain tells us if the last steps were the right amount for you."
            ),
            minimum=0,
            maximum=10,
        ),
        Question(
            "ci.load",
            "single",
            msg("Which best fits the last 7 days?"),
            why_we_ask=msg("It tells us where to start at your next visit."),
            choices=LOADS,
        ),
        Question(
            "ci.worry",
            "scale",
            msg("How worried are you that running will hurt you?"),
            why_we_ask=msg(
                "Worry about getting hurt is real, and we plan your next steps with it in mind."
            ),
            minimum=0,
            maximum=10,
        ),
    ),
)
