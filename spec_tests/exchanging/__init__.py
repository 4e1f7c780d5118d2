"""Exchanging: every byte that is sent is answered, whatever its value and however many there are."""

FILES = ("test_bytes", "test_records", "test_pressure", "test_idling")
"""In the order in which they are read."""
