"""What a run tells: the console, the explanation of a failure, JSON."""
