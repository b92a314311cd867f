"""What stops somebody who guesses a password or a code. All of it is rows, none in a cache."""
