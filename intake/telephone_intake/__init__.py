"""An intake that the desk fills in while the patient is on the telephone."""
