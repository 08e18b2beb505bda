"""What changed in meaning between two states of a thread, by structure: by rules, and by a model where one is asked."""
