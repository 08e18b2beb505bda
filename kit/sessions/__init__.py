"""Floor 3: what a harness wrote down, redacted and kept in git."""
