"""The addresses of booking and of the desk."""
