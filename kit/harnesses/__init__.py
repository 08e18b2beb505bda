"""Floor 2: who writes transcripts, and how each is read. One file each."""
