"""The life of an intake: answering, sending, correcting it, and asking for a new one."""
