"""The pages on which a patient books, changes and cancels by herself."""
