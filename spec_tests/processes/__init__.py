"""Processes: what a client has cost the server is given back when it has gone."""
