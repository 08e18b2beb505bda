"""Floor 3: what is known. Records and shared values, found again by whoever needs them."""
