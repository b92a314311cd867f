"""The sources of the questions, rules and short pages, and how far each one was read.

Certainty A rests on the source's own abstract or page, B on a secondary page that sums it up, M is
not confirmed. Nothing rests on a full text.
"""

# mypy: disallow-any-explicit

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """One source: its code, how it is cited, and how certain we are of what it says."""

    code: str
    title: str
    certainty: str


_ALL = (
    Source(
        "S1",
        "Goom, Donnelly, Brockwell 2019, Returning to running postnatal; table in Br J Sports Med "
        "2020",
        "A; tests and key signs B",
    ),
    Source(
        "S2",
        "Christopher et al, Br J Sports Med 2024;58:299–312, expert agreement on readiness",
        "A",
    ),
    Source(
        "S3",
        "Deering et al, Br J Sports Med 2024;58:183–195, expert agreement on programs",
        "A",
    ),
    Source("S4", "Moore et al, Br J Sports Med 2021;55:1286–92, 881 runners", "A"),
    Source("S5", "Christopher et al, PLoS ONE 2021;16:e0255383, 538 runners", "A; some factors B"),
    Source("S6", "Davenport et al 2025, Canadian guideline for the first year", "A, B"),
    Source(
        "S7",
        "Davenport et al, Br J Sports Med 2025;59:527–538, screening before exercise",
        "A",
    ),
    Source("S8", "ACOG Committee Opinion 804, 2020", "A; details after birth M"),
    Source("S9", "CDC and AIM, Urgent Maternal Warning Signs", "A"),
    Source("S10", "AWHONN, POST-BIRTH warning signs", "A"),
    Source("S11", "Cauda equina: Am J Emerg Med review; PMC3082683", "A"),
    Source("S12", "Late bleeding after birth: npwomenshealthcare; HSE Ireland", "A"),
    Source("S13", "Preeclampsia after birth: MedicalNewsToday, FMC, Mayo summary", "A, B"),
    Source(
        "S14", "Blood clots: MSD Manual; Kamel, N Engl J Med 2014 (news report)", "A; week 12 M"
    ),
    Source("S15", "Mastitis: StatPearls; BHS guideline", "A"),
    Source("S16", "Postpartum Support International; APP Network", "A"),
    Source("S17", "HRSA maternal mental health hotline; 988 in Massachusetts", "A"),
    Source("S18", "Bone stress injury: PMC7049623; CRiOR 2015/704393; PMC6745814", "A"),
    Source("S19", "Vincent and Vincent 2017, pain rules for runners; Thomeé pain monitoring", "A"),
    Source("S20", "Donnelly et al, Br J Sports Med 2022;56:244, six steps back", "A"),
    Source("S21", "LEAF-Q and IOC consensus on low energy, 2014 to 2023", "A; details M"),
    Source("S22", "Return of periods: clinic pages", "B"),
    Source("S23", "Prolapse and running: clinic pages", "B"),
    Source("S24", "Severe tears: physiciansweekly study summary; Springer chapter", "A"),
    Source("S25", "MSD Manual, urinary infection and retention", "A"),
    Source("S26", "ICS physiotherapy committee on fistula; UIA", "A, B"),
    Source("S27", "APTA, direct access levels 2021", "A, B"),
    Source("S28", "Neurourol Urodyn 2020, reading levels of pelvic forms", "A"),
    Source("S29", "PHQ-2 around birth, BMC Pregnancy 2020; PMC2625843", "A"),
    Source("S30", "ICIQ update 2020", "A; scoring M"),
    Source("S31", "Christopher et al, J Womens Health Phys Therap 2022;46:73–86", "A"),
    Source("S32", "Boston Pelvic PT, clinic blog", "A"),
    Source("S33", "Southern Pelvic Health, Kinatex, Fyzical, program pages", "A"),
)

SOURCES: Mapping[str, Source] = {source.code: source for source in _ALL}
