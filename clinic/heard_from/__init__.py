"""Where patients hear of the clinic: the answers they choose from, links, and QR codes."""
