"""Floor 3: knowledge. Verbs on the records of the reviewed plane, as functions over a tree or a repository."""
