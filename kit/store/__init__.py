"""Floor 2: where files live. Git and the derived folder; no room's meaning is known here."""
