"""Concurrency: many clients at once, each served as if it were alone."""
