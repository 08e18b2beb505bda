"""Floor 1: what a record is. Pure functions between bytes and records; nothing here touches git or the disk."""
