"""Compares what a thread says at two commits, entry by entry."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.context import version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.context.entry import Entry

ADDED, REMOVED, MODIFIED = "added", "removed", "modified"
_FIELDS = ("role", "kind", "priority", "tags", "retain", "call", "tool", "model", "generation", "folds")
#: Lines of two versions that are compared line by line; longer ones are shown as replaced whole.
MOST_LINES = 5000


class Change(NamedTuple):
    """What became of one entry: `before` and `after` are what stood in its place, None for nothing.

    `fields` are those that changed beside what it says; `tokens` by how many it grew.
    """

    id: str
    status: str
    before: Entry | None
    after: Entry | None
    fields: tuple[str, ...]
    tokens: int

    def lines(self, *, around: int = 3) -> list[str]:
        """Returns the unified diff of the text, nothing where that is the same."""
        if self.before and self.after and self.before.text == self.after.text:
            return []
        old, new = (each.text.split("\n") if each else [] for each in (self.before, self.after))
        if max(len(old), len(new)) > MOST_LINES:
            return [f"@@ -1,{len(old)} +1,{len(new)} @@", *(f"-{line}" for line in old), *(f"+{line}" for line in new)]
        return list(difflib.unified_diff(old, new, lineterm="", n=around))[2:]

    def record(self) -> dict[str, Any]:
        """Returns it as JSON."""
        sides = {"before": self.before, "after": self.after}
        return {
            "id": self.id,
            "status": self.status,
            "role": [_value(side, "role") for side in sides.values() if side][-1],
            "fields": {name: [_value(side, name) for side in sides.values()] for name in self.fields},
            "diff": "\n".join(self.lines()),
            "tokens": self.tokens,
        }


class Difference(NamedTuple):
    """The entries that changed, in order, how many did not, and by how many tokens the whole grew."""

    changes: tuple[Change, ...]
    unchanged: int
    tokens: int


def diff(before: Sequence[Entry], after: Sequence[Entry]) -> Difference:
    """Returns how the entries in force of two states of a thread differ."""
    sides: list[Mapping[str, Entry]] = [{each.id: each for each in version.effective(side)} for side in (before, after)]
    found: list[Change] = []
    unchanged = 0
    for name in sorted({**sides[0], **sides[1]}, key=lambda each: _place(each, sides)):
        old, new = sides[0].get(name), sides[1].get(name)
        fields = tuple(field for field in _FIELDS if old and new and getattr(old, field) != getattr(new, field))
        if old and new and not fields and old.text == new.text:
            unchanged += 1
            continue
        status = MODIFIED if old and new else ADDED if new else REMOVED
        found.append(Change(name, status, old, new, fields, _tokens(new) - _tokens(old)))
    return Difference(tuple(found), unchanged, sum(each.tokens for each in found))


def _place(name: str, sides: Sequence[Mapping[str, Entry]]) -> tuple[float, str]:
    each = sides[1].get(name) or sides[0][name]
    return each.at, each.id


def _tokens(each: Entry | None) -> int:
    return each.tokens.count if each and each.tokens else 0


def _value(each: Entry | None, field: str) -> Any:
    value = getattr(each, field) if each else None
    return list(value) if isinstance(value, tuple) else value
