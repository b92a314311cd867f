"""Private links: small capabilities that open one thing for one purpose until a set time."""
