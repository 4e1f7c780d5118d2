"""Connecting: whoever knocks is served, and nobody's way of leaving closes the door for the next."""
