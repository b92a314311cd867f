"""Questions about danger signs, asked first and on one page.

One page, because some urgent rules combine answers to two of them.
"""

# mypy: disallow-any-explicit

from intake.questionnaire.questions.parts import Choice, Question, Section, msg

SAFETY = Section(
    number=1,
    slug="safety",
    title=msg("Safety check"),
    questions=(
        Question(
            "safety.emergency",
            "multi",
            msg(
                "Before we start: in the last 2 days, have you had any of these? Check all that "
                "apply."
            ),
            hint=msg(
                "For chest pain, trouble breathing and fainting, please count the last 4 weeks, "
                "and any run or workout since the birth. We ask everyone. Most people check “None "
                "of these.”"
            ),
            why=msg(
                "Signs of a heart, lung, brain, blood-pressure or spine emergency. Asked first so "
                "nobody has to finish a form before being told to get help."
            ),
            why_we_ask=msg(
                "These can be signs of something that needs care right away. We ask first, so "
                "you never have to finish a form before you are told to get help."
            ),
            choices=(
                Choice(
                    "chest_pain",
                    msg("Chest pain, or a heart that races or pounds and will not slow down"),
                ),
                Choice("breathing", msg("Trouble breathing, or coughing up blood")),
                Choice("seizure", msg("A seizure (fit)")),
                Choice("stroke", msg("A drooping face, weakness on one side, or trouble speaking")),
                Choice("faint", msg("Fainting, or dizziness that made you stop or sit down")),
                Choice(
                    "headache",
                    msg(
                        "A bad headache that came on fast, keeps getting worse, or will not go away"
                    ),
                ),
                Choice(
                    "vision",
                    msg("New changes in how you see, like blurry spots or flashing lights"),
                ),
                Choice(
                    "saddle",
                    msg(
                        "New numbness between your legs, or you can’t feel when you need to pee or "
                        "poop"
                    ),
                ),
                Choice("cannot_pee", msg("You need to pee but nothing comes out")),
                Choice("legs_weak", msg("New weakness or numbness in both legs")),
                Choice("none", msg("None of these"), exclusive=True),
            ),
        ),
        Question(
            "safety.body",
            "multi",
            msg("In the last 2 days, have you had any of these?"),
            hint=msg("Check all that apply."),
            why=msg(
                "Bleeding, infection, clot, breast, blood-pressure and pregnancy warning signs "
                "(completes the 15 CDC signs)."
            ),
            why_we_ask=msg(
                "These are warning signs after a birth, like bleeding, infection or a blood "
                "clot. They are treatable when they are caught early."
            ),
            choices=(
                Choice("fever", msg("A fever of 100.4°F (38°C) or higher")),
                Choice(
                    "heavy_bleeding",
                    msg(
                        "Heavy bleeding: you soak a pad in an hour or less, or pass a clot as big "
                        "as an egg"
                    ),
                ),
                Choice("bad_discharge", msg("Vaginal blood or fluid that smells bad")),
                Choice("belly_pain", msg("Very bad belly pain that will not go away")),
                Choice("vomiting", msg("Throwing up so much that you can’t keep fluids down")),
                Choice("swelling", msg("Sudden or very bad swelling in your face or hands")),
                Choice("leg", msg("One leg or arm that is swollen, red, warm, or sore")),
                Choice(
                    "wound",
                    msg(
                        "A C-section cut or stitches that are opening, getting redder, or leaking "
                        "pus"
                    ),
                ),
                Choice(
                    "breast",
                    msg("A hot, red, sore breast plus chills, fever, or feeling sick like the flu"),
                ),
                Choice(
                    "very_tired",
                    msg(
                        "Sudden or extreme tiredness: too weak to get up or care for yourself or "
                        "your baby, even after rest"
                    ),
                ),
                Choice(
                    "pregnancy_sign",
                    msg(
                        "I am pregnant now and have bleeding, leaking fluid, or a baby who is "
                        "moving less"
                    ),
                ),
                Choice("none", msg("None of these"), exclusive=True),
            ),
        ),
        Question(
            "safety.mind",
            "multi",
            msg(
                "Many new parents have scary or dark thoughts. You are not alone, and help works. "
                "In the last 2 weeks, have you had any of these?"
            ),
            hint=msg(
                "Please answer only what feels OK. No one reads this form right away. If you are "
                "in danger now, call 911. You can call or text 988 at any time."
            ),
            why=msg("Self-harm, harm to others and possible psychosis. Sets the crisis path."),
            why_we_ask=msg(
                "Thoughts like these are more common than most people know, and help works. "
                "Your answer lets us offer the right support. You can skip it."
            ),
            choices=(
                Choice("self_harm", msg("Thoughts of hurting myself, or of not wanting to live")),
                Choice("baby_harm", msg("Thoughts of hurting my baby or someone else")),
                Choice(
                    "psychosis",
                    msg(
                        "Seeing or hearing things others don’t, feeling very mixed up, or feeling "
                        "that people are out to get me"
                    ),
                ),
                Choice("none", msg("None of these"), exclusive=True),
                Choice("prefer_not", msg("I’d rather not answer here"), exclusive=True),
            ),
        ),
    ),
)
