"""Weekly hours, closures and extra openings, and the visits that a change conflicts with."""
