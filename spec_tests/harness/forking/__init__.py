"""xdist's workers are forked from one process that has imported everything."""
