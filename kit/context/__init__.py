"""Floor 3: an agent's context as commits: threads of entries, and what a model is sent of them."""
