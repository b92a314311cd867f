"""A patient's own pages: visits, news, and who read her answers."""
