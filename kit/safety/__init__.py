"""Rules on text: what may reach a terminal, what is a secret, which paths are safe and meet."""
