"""End-of-file: the client's FIN ends one direction only, and the server answers it with its own."""

FILES = ("test_half_close", "test_closing", "test_deaf", "test_vanishing")
"""In the order in which they are read."""
