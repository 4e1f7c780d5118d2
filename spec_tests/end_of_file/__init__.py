"""End-of-file: the client's FIN ends one direction only, and the server answers it with its own."""
