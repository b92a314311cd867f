"""The mails about an appointment: when they are due, what they say, and their calendar file."""
