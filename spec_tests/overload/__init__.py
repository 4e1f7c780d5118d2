"""Overload: what the machine refuses, and what clients do in numbers, costs the server some clients at most."""

FILES = ("test_exhaustion", "test_refusals", "test_crowding", "test_places", "test_recovery", "test_network")
"""In the order in which they are read."""
