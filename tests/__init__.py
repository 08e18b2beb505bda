"""The tests, importable so that bench/ can run against the same remotes."""
