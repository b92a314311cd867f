"""The pages on which patients book, move and cancel visits themselves."""
