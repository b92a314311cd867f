"""The desk's lists: what there is to do, and the mail that was sent."""
