"""What a comparison of meaning finds: which entries, which words, and by what rule."""

from __future__ import annotations

from typing import Any, NamedTuple

ADDED, REMOVED, CHANGED = "instruction-added", "instruction-removed", "instruction-changed"
WEAKENED, STRENGTHENED, REVERSED = "instruction-weakened", "instruction-strengthened", "instruction-reversed"
CONTRADICTED, DECISION, RESULT = "fact-contradicted", "decision-reversed", "tool-result-replaced"
#: The gravest first.
KINDS = (REVERSED, REMOVED, WEAKENED, CONTRADICTED, DECISION, RESULT, CHANGED, STRENGTHENED, ADDED)


class Side(NamedTuple):
    """A sentence and the entry that says it."""

    entry: str
    text: str


class Finding(NamedTuple):
    """One change of meaning: what was said before and after (None where nothing was), and the words that differ.

    `why` says by what rule it was found; `by` is `rules`, or the model's name.
    """

    kind: str
    before: Side | None
    after: Side | None
    words: tuple[str, ...]
    why: str
    by: str = "rules"

    def record(self) -> dict[str, Any]:
        """Returns it as JSON."""
        sides = {"before": self.before, "after": self.after}
        return {
            **self._asdict(),
            **{name: each._asdict() if each else None for name, each in sides.items()},
            "words": list(self.words),
        }
