"""Which records are near to a candidate: by the words of what they are about, among those that a search found."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kit.records.record import Record

NEAR = 0.28  # of the words of two records' titles, descriptions and situations that they share
_WORD = re.compile(r"[a-z0-9_]{3,}")
_COMMON = frozenset(
    ["use", "when", "the", "and", "with", "fails", "was", "for", "asked", "that", "then", "from", "not"]
)


class Near(NamedTuple):
    """A record that is near: its path, its title, and how near (0 to 1)."""

    path: str
    title: str
    likeness: float


def near(candidate: Record, others: Iterable[Record]) -> list[Near]:
    """Returns those of `others` that say much the same, nearest first."""
    mine = _words(candidate)
    found = []
    for each in others:
        theirs = _words(each)
        shared = len(mine & theirs) / (len(mine | theirs) or 1)
        if shared >= NEAR:
            found.append(Near(each.path, str(each.meta.get("title", "")), round(shared, 2)))
    return sorted(found, key=lambda one: (-one.likeness, one.path))


def _words(found: Record) -> set[str]:
    parts = (
        found.meta.get("title", ""),
        found.meta.get("description", ""),
        found.outline.sections.get("Situation", ""),
    )
    return set(_WORD.findall(" ".join(map(str, parts)).lower())) - _COMMON
