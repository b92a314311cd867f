"""Rules, scores and levels: the judgment of an intake or a check-in."""
