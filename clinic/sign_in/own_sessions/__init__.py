"""Where somebody is signed in: listed for its owner, and ended one by one or all others at once."""
