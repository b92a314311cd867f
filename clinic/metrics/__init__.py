"""What a monitor on this machine reads at `/metrics`: counts of requests, and numbers of rows."""
