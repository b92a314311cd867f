"""A patient's own e-mail: mended by her browser at first, later changed by both mailboxes."""
