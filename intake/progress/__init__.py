"""A patient's scores over an episode, as charts and as a table."""
