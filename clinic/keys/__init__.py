"""The keys of what is sealed: whether they are those of this database, and replacing them."""
