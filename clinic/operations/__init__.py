"""What an installation runs on: processes, periodic jobs, the web server's settings, logs."""
