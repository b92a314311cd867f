"""Names typed by hand: two spellings of one name, and two names that only look alike."""

# As stored, and as somebody types it later.
SAME = [
    ("Maria Garcia", "María García"),
    ("María García", "garcia"),
    ("María García", "GARCÍA, MARÍA"),
    ("Maria Garcia", "Garcia Maria"),
    ("Maria Garcia", "Maria\u00a0 Garcia"),
    ("Maria Garcia-Lopez", "maria garcia lopez"),
    ("Maria Garcia\u2011Lopez", "López García María"),
    ("Zoë Lane", "Zoe Lane"),
    ("Zoe Lane", "ZOË LANE"),
    ("Zoe\u0308 Lane", "Zoë Lane"),
    ("Ann O’Neil", "ann oneil"),
    ("Ann O'Neil", "Ann O’Neil"),
    ("Ann ONeil", "Ann O`Neil"),
    ("Siobhán O'Brien-Núñez", "Siobhan O’Brien Nunez"),
    ("Nguyễn Thị Hoa", "nguyen thi hoa"),
    ("NGUYEN Thi Hoa", "Hoa Nguyễn Thị"),
    ("Zoë Strauß-Ångström", "zoe strauss angstrom"),
    ("NÚÑEZ Ana", "ana núñez"),
    ("Łucja Øster", "lucja oster"),
    ("李 小龍", "李小龍"),
    ("Ｍａｙａ Ortiz", "maya ortiz"),
]
# The one that is a part of the name: found by search, but not the same name.
PART = ("María García", "garcia")
OTHER = [
    ("Maria Garcia", "Mario Garcia"),
    ("Maria Garcia", "Maria Garcia Lopez"),
    ("Zoë Lane", "Zoë Land"),
    ("Nguyễn Thị Hoa", "Nguyen Van Hoa"),
    ("李 小龍", "李小虎"),
    ("🙂", "🙃"),
]
NAMES = [pair for pair in SAME if pair != PART]
