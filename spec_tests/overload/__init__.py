"""Overload: what the machine refuses, and what clients do in numbers, costs the server some clients at most."""
