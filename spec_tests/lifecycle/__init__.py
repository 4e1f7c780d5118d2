"""Lifecycle: a server starts where it was, stops when it is told to, and leaves nothing behind."""
