"""Who may enter, private links, submission keys, rate limits and the input gate."""
