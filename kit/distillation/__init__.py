"""Floor 3: from what happened in a session to a candidate."""
