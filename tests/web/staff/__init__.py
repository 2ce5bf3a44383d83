"""Pages for staff, on a small bank of their own."""
