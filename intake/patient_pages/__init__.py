"""A patient's own pages: her visits, news, progress and plan, and who read her record."""
