"""Many servers in one run: a file says which, each has a run of its own, and a matrix shows them all."""
