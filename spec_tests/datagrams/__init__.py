"""Datagrams: each is a request of its own, and each is answered by one of its own."""
