"""What stands behind the spec tests: the pytest plugin, the server under test, the verdicts, the reports."""
