"""Floor 3, the room of `kit validate`: a Tree in, findings out; nothing is written but the cache."""
