"""How many tokens a text is, where no tokenizer says: an estimate, and always called one."""

from __future__ import annotations

BYTES_PER_TOKEN = 4


def tokens(size: int) -> int:
    """Returns the tokens that a text of `size` bytes is taken for: four bytes each, the last one begun counts."""
    return -(-size // BYTES_PER_TOKEN)
