"""Exchanging: every byte that is sent is answered, whatever its value and however many there are."""
