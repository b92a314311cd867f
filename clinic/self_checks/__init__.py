"""What `manage.py verify` looks at: whether this installation is as it has to be."""
