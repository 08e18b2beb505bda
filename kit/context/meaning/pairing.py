"""Finds which sentence of one side is the other side's in other words: those that share most of what they are about."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kit.context.meaning.statement import Statement

#: A word in more sentences than this tells nothing, and is not looked up.
_COMMON = 200


class Pair(NamedTuple):
    """Two sentences about the same: `likeness` is what they share of all their telling words, 0 to 1."""

    old: Statement
    new: Statement
    likeness: float


def likeness(old: Statement, new: Statement) -> float:
    """Returns which part of the telling words of two sentences both have; 0.0 where neither has any."""
    either = old.content | new.content
    return len(old.content & new.content) / len(either) if either else 0.0


def near(olds: Sequence[Statement], news: Sequence[Statement], *, least: float, edited: float) -> Iterator[Pair]:
    """Yields every pair with a likeness of `least`, or `edited` within one entry and its edit, the most alike first."""
    by_word: dict[str, list[int]] = defaultdict(list)
    for at, each in enumerate(olds):
        for word in each.content:
            by_word[word].append(at)
    found: list[tuple[float, int, int]] = []
    for number, new in enumerate(news):
        places = {at for word in new.content if len(by_word[word]) <= _COMMON for at in by_word[word]}
        for at in places:
            alike = likeness(olds[at], new)
            if alike >= (edited if olds[at].root == new.root else least):
                found.append((-alike, at, number))
    for alike, at, number in sorted(found):
        yield Pair(olds[at], news[number], -alike)


def matched(pairs: Iterator[Pair]) -> Iterator[Pair]:
    """Yields the pairs in which neither sentence is in a pair before."""
    taken: set[int] = set()
    for each in pairs:
        if id(each.old) not in taken and id(each.new) not in taken:
            taken |= {id(each.old), id(each.new)}
            yield each
