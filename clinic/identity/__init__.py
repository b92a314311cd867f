"""What identifies a person: telephone numbers and dates of birth, read one way everywhere."""
