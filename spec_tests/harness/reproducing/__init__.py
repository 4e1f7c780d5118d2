"""Failures again, without the kit."""
