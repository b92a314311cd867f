"""What becomes of bookings when two rows of one person are merged."""
