"""Processes: what a client has cost the server is given back when it has gone."""

FILES = ("test_residue", "test_cost", "test_output")
"""In the order in which they are read."""
