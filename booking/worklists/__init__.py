"""Lists of what the desk has to do, and of the mail that was sent."""
