"""`./dev bench` and `./dev soak`: what the product costs beside the least work that could do it."""
