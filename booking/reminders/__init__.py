"""What mails an appointment owes, their words, and the calendar file in them."""
