"""The specification of a concurrent network server: a file is a chapter, a test is a requirement."""
