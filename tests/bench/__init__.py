"""`./dev bench` and `./dev soak`: the cost of the product compared with a floor.

A floor is the least work that could do the same. Product and floor run in turns on one machine.
"""
