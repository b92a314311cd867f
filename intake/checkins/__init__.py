"""The short form before a visit: its window, links, pages and outcome."""
