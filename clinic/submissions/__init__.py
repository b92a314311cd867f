"""Forms sent twice: one outcome, however often the button, the network or the browser repeats it."""
