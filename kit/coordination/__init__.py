"""Floor 3: how agents share work. Verbs over a Store; the authority decides, never a clock or a lock file."""
