"""How many times people whose mailbox nobody proved may take, and until when they must confirm."""
