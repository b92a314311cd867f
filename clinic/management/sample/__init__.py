"""Made-up data: the sample clinic of a trial, and clinics of any size for measurements."""
