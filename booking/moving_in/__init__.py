"""Moving in: patients, future visits and packages under way, from the files of another system."""
