"""Visits that wait to be confirmed because nobody proved the mailbox, and what becomes of them."""
