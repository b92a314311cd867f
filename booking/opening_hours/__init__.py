"""Weekly hours, closures and extra openings, and the visits a change would meet."""
