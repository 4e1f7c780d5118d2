"""Connecting: whoever knocks is served, and nobody's way of leaving closes the door for the next."""

FILES = ("test_serving", "test_queueing", "test_announcing")
"""In the order in which they are read."""
