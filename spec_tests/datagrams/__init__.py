"""Datagrams: each is a request of its own, and each is answered by one of its own."""

FILES = ("test_replies", "test_clients", "test_surviving", "test_both")
"""In the order in which they are read."""
