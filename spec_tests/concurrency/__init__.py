"""Concurrency: many clients at once, each served as if it were alone."""

FILES = ("test_isolation", "test_meeting", "test_departures", "test_reuse", "test_fairness", "test_mechanics")
"""In the order in which they are read."""
