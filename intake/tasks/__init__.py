"""The pages of tasks: what the clinic owes its patients, who does it, and how it ended."""
