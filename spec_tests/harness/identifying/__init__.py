"""Finds out what nobody said of a server: what it speaks, which processes it has, how it handles clients."""
