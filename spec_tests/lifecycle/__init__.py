"""Lifecycle: a server starts where it was, stops when it is told to, and leaves nothing behind."""

FILES = ("test_restarting", "test_stopping", "test_logging", "test_leaving")
"""In the order in which they are read."""
