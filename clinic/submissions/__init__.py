"""Forms sent twice: one outcome, however often the button or the network repeats it."""
