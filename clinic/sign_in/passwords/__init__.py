"""Which passwords staff may choose: none that stands in a list of stolen ones."""
