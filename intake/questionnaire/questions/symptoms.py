"""Questions about leaking, heaviness and pain."""

# mypy: disallow-any-explicit

from intake.questionnaire.conditions import any_of, has, lacks
from intake.questionnaire.questions.parts import Choice, Question, Section, msg

LEAKING = Section(
    number=4,
    slug="leaking",
    title=msg("Leaking"),
    questions=(
        Question(
            "leak.when",
            "multi",
            msg(
                "Leaking is common after birth, and it can get better. In the last 4 weeks, when "
                "have you leaked, even a little?"
            ),
            hint=msg("Check all that apply."),
            why=msg("Finds bladder and bowel leaks and what sets them off."),
            why_we_ask=msg(
                "Leaking is common and can get better. What makes you leak shows where to begin."
            ),
            choices=(
                Choice("cough", msg("Pee: when I cough, laugh, or sneeze")),
                Choice("impact", msg("Pee: when I run or jump")),
                Choice("lift", msg("Pee: when I lift, squat, or stand up")),
                Choice("urge", msg("Pee: a sudden strong urge, and I can’t get there in time")),
                Choice(
                    "no_reason",
                    msg("Pee: for no clear reason, all the time, or without feeling it"),
                ),
                Choice("gas", msg("Gas I can’t hold")),
                Choice("stool", msg("Poop, even a small stain")),
                Choice("none", msg("I have not leaked"), exclusive=True),
            ),
        ),
        Question(
            "leak.frequency",
            "single",
            msg("How often do you leak?"),
            why=msg("How often (part of the score)."),
            why_we_ask=msg(
                "It helps us see how you are doing today, and later how much better it is."
            ),
            choices=(
                Choice("monthly", msg("Less than once a week")),
                Choice("weekly", msg("About once a week")),
                Choice("several_weekly", msg("A few times a week")),
                Choice("daily", msg("About once a day")),
                Choice("many_daily", msg("Many times a day")),
            ),
            shown=any_of(
                "leak.when", "cough", "impact", "lift", "urge", "no_reason", "gas", "stool"
            ),
        ),
        Question(
            "leak.amount",
            "single",
            msg("How much comes out when you leak?"),
            why=msg("How much (part of the score)."),
            why_we_ask=msg(
                "It helps us see how you are doing today, and later how much better it is."
            ),
            choices=(
                Choice("drops", msg("A few drops or a small stain")),
                Choice("wet", msg("Enough to wet my underwear or a pad")),
                Choice("soak", msg("Enough to soak through a pad or clothes")),
            ),
            # Not for gas alone: it has no amount, and counts as drops in the score.
            shown=any_of("leak.when", "cough", "impact", "lift", "urge", "no_reason", "stool"),
        ),
        Question(
            "leak.bother",
            "scale",
            msg("How much does leaking bother you? 0 is not at all. 10 is as much as it could."),
            why=msg("How much it bothers (part of the score)."),
            why_we_ask=msg(
                "It helps us see how you are doing today, and later how much better it is."
            ),
            minimum=0,
            maximum=10,
            shown=any_of(
                "leak.when", "cough", "impact", "lift", "urge", "no_reason", "gas", "stool"
            ),
        ),
    ),
)

HEAVINESS = Section(
    number=5,
    slug="heaviness",
    title=msg("Heaviness"),
    questions=(
        Question(
            "heavy.frequency",
            "single",
            msg(
                "In the last 4 weeks, how often have you felt heaviness, dragging, or a bulge in "
                "your vagina or pelvis?"
            ),
            why=msg("Possible sign of prolapse. Linked with not going back to running."),
            why_we_ask=msg(
                "A heavy or dragging feeling can mean your pelvic floor needs more support "
                "before impact."
            ),
            choices=(
                Choice("never", msg("Never")),
                Choice("monthly", msg("Less than once a week")),
                Choice("weekly", msg("About once a week")),
                Choice("several_weekly", msg("A few days a week")),
                Choice("daily", msg("Every day, some of the day")),
                Choice("constant", msg("Every day, most of the day")),
            ),
        ),
        Question(
            "heavy.bulge",
            "single",
            msg("Have you noticed a bulge? You don’t need to look or touch to answer."),
            why=msg("A bulge at or past the opening needs a check before impact."),
            why_we_ask=msg(
                "A bulge is good to have looked at before you run. You don’t need to check."
            ),
            choices=(
                Choice("no", msg("No")),
                Choice("inside", msg("It feels like something is coming down inside")),
                Choice("outside", msg("I can see or feel a bulge at or past the opening")),
                Choice(
                    "stuck",
                    msg("There is a bulge outside that hurts, bleeds, or will not go back in"),
                ),
                Choice("unsure", msg("I’m not sure, or I’d rather not say")),
            ),
            shown=any_of(
                "heavy.frequency", "monthly", "weekly", "several_weekly", "daily", "constant"
            )
            | has("bg.history", "prolapse"),
        ),
        Question(
            "heavy.bother",
            "scale",
            msg("How much does this bother you? 0 is not at all. 10 is as much as it could."),
            why=msg("Bother (part of the score)."),
            why_we_ask=msg(
                "It helps us see how you are doing today, and later how much better it is."
            ),
            minimum=0,
            maximum=10,
            shown=any_of(
                "heavy.frequency", "monthly", "weekly", "several_weekly", "daily", "constant"
            ),
        ),
    ),
)

PAIN = Section(
    number=6,
    slug="pain",
    title=msg("Pain"),
    questions=(
        Question(
            "pain.areas",
            "multi",
            msg("In the last 7 days, where have you had pain?"),
            hint=msg("Check all that apply."),
            why=msg("Finds pain sites; some sites raise concern for bone stress or scar problems."),
            why_we_ask=msg("Where it hurts tells us what to check first."),
            choices=(
                Choice("low_back", msg("Low back")),
                Choice("pubic", msg("Pubic bone (front of the pelvis)")),
                Choice("hip_groin", msg("Hip or groin")),
                Choice("sacrum", msg("Tailbone area, or deep in one buttock")),
                Choice("scar", msg("Belly or C-section scar")),
                Choice("vagina", msg("Vagina, the area around it, or pain with sex or tampons")),
                Choice("knee", msg("Knee")),
                Choice("lower_leg", msg("Shin, ankle, or foot")),
                Choice("other", msg("Somewhere else")),
                Choice("none", msg("No pain"), exclusive=True),
            ),
        ),
        Question(
            "pain.worst",
            "scale",
            msg(
                "How bad was your worst pain in the last 7 days? 0 is no pain. 10 is the worst you "
                "can think of."
            ),
            why=msg("Sets the pain level and the pain score."),
            why_we_ask=msg(
                "It helps us see how you are doing today, and later how much better it is."
            ),
            minimum=0,
            maximum=10,
            shown=lacks("pain.areas", "none"),
        ),
        Question(
            "pain.signs",
            "multi",
            msg("Is your pain like any of these?"),
            hint=msg("Check all that apply."),
            why=msg("Patterns that can mean bone stress, nerve trouble, or too much load."),
            why_we_ask=msg("Some kinds of pain mean a bone or a nerve wants rest before you run."),
            choices=(
                Choice("pinpoint", msg("One small spot on a bone is very sore to press")),
                Choice("impact", msg("It hurts to land, hop, or run")),
                Choice("limp", msg("It makes me limp")),
                Choice(
                    "rest",
                    msg("It hurts at rest, and no position helps, or the pain itself wakes me"),
                ),
                Choice("nerve", msg("I get tingling, numbness, or weakness down one leg")),
                Choice("linger", msg("It lasts more than 24 hours after I’m active")),
                Choice("none", msg("None of these"), exclusive=True),
            ),
            shown=lacks("pain.areas", "none"),
        ),
    ),
)
