"""Names of made-up patients: different from each other, and plainly nobody's."""

# mypy: disallow-any-explicit

from string import ascii_uppercase

FIRST = (
    "Ada", "Bea", "Cleo", "Dana", "Edie", "Faye", "Gwen", "Hope", "Iris", "June", "Kim", "Lena",
    "Mabel", "Nadia", "Odette", "Priya", "Quinn", "Rosa", "Selma", "Tilda", "Una", "Vera", "Willa",
    "Xenia", "Yara", "Zora", "Amina", "Bronwyn", "Carmen", "Delphine", "Esme", "Farah", "Greta",
    "Hana", "Ines", "Jovana", "Keiko", "Leila", "Mirela", "Noor", "Oksana", "Paloma", "Ruth",
    "Saoirse", "Tove", "Ulla", "Wren",
)  # fmt: skip
LAST = ("Example", "Sample", "Placeholder", "Madeup", "Pretend", "Fiction")
# More of them for clinics of any size; beside a first name nobody takes one for a real person.
MORE_LAST = (
    *LAST, "Storybook", "Fable", "Exampleton", "Samplewood", "Makebelieve", "Notreal", "Testerly",
    "Mockingham", "Inventley", "Figment", "Novella", "Legendary", "Fantasia", "Paperdoll",
    "Dummyfield", "Lorem-Ipsum", "Specimen",
)  # fmt: skip
# As long as names get, from right to left, with accents, and without a space. Their last words
# mean example, sample or invented in the language of each.
UNUSUAL = (
    "Zoë Ménagère-Fictive",
    "Maximiliana Theodora Featherstonehaugh-Cholmondeley de la Placeholder y Madeup",
    "نموذج مثال",
    "דוגמה בדויה",
    "Nguyễn Thị Mẫu",
    "Łucja Przykładowa",
    "Şebnem Örnek",
    "见本",
    "Siobhán Ní Shamplach",
    "Ásdís Dæmisdóttir",
    "Example",
    "O’Pretend-D’Invention, Renée",
)
# The languages for which some of them want an interpreter.
LANGUAGES = ("Portuguese", "Spanish", "Haitian Creole", "American Sign Language", "Arabic")


def story_name(number: int) -> str:
    """Return the name of a patient of the small sample; the first 282 differ."""
    return f"{FIRST[number % len(FIRST)]} {LAST[number // len(FIRST) % len(LAST)]}"


def bulk_name(number: int) -> str:
    """Return the name of a patient of a large clinic; the first 28,106 differ.

    Each thirteenth of the first few is an unusual one.
    """
    unusual, rest = divmod(number, 13)
    if rest == 0 and unusual < len(UNUSUAL):
        return UNUSUAL[unusual]
    first, left = FIRST[number % len(FIRST)], number // len(FIRST)
    last, left = MORE_LAST[left % len(MORE_LAST)], left // len(MORE_LAST)
    return f"{first} {ascii_uppercase[left % 26]}. {last}"
