"""Scores the documents of one generation for a query: BM25F over all its segments as if they were one.

Boosts are in the weights of the terms and in the lengths, so one list of postings per term answers for all
fields. Every posting is read, which keeps the counts exact; Whoosh's own search skips some and costs more.
"""

from __future__ import annotations

import heapq
import math
from itertools import chain
from typing import TYPE_CHECKING

from kit.store import tokens
from kit.store.documents import Hit, Hits
from kit.store.segment import ENGINE, Segment

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from kit.store.generation import Generation

# How soon more of a term stops counting, and how much a document's length does: the usual values. On
# questions over code, manuals and short paragraphs no other pair was better on all of them.
_K1, _B = 1.2, 0.75
# Of a long prompt the most telling terms answer as well as all of them, in a tenth of the time.
_MOST_TERMS = 48
# Characters of a query that are looked at, half of them from its end, where a stack trace says what failed.
_LONGEST_QUERY = 32_000


class Opened:
    """A generation with its segments open for reading.

    Any exception from here means that the index is damaged or that its folder was swept away.
    """

    def __init__(self, folder: Path, generation: Generation) -> None:
        if generation.engine != ENGINE:
            msg = f"the index was written by {generation.engine}, not {ENGINE}"
            raise ValueError(msg)
        self.generation = generation
        self._segments = [(Segment(folder / kept.name), kept.gone) for kept in generation.segments if kept.documents]
        self._documents = sum(kept.live for kept in generation.segments)
        total = sum(
            sum(segment.lengths) - sum(segment.lengths[number] for number in gone) for segment, gone in self._segments
        )
        share = _K1 * _B * self._documents / total if total else 0.0
        self._norms = [[_K1 * (1 - _B) + share * length for length in segment.lengths] for segment, _ in self._segments]

    def close(self) -> None:
        for segment, _ in self._segments:
            segment.close()

    def search(self, query: str, *, keys: Sequence[Collection[str]], k: int) -> Hits:
        """Returns the k best documents that hold one key of each collection, equals in order of path."""
        scores = self._scores(query)
        searched = self._documents
        if keys:
            passing = [self._passing(segment, gone, keys) for segment, gone in self._segments]
            searched = sum(map(len, passing))
            scores = [_masked(row, numbers) for row, numbers in zip(scores, passing, strict=True)]
        matched = sum(len(row) - row.count(0.0) for row in scores)
        best = heapq.nlargest(min(k, matched), chain.from_iterable(scores))
        # Which of several equals stand in the list is decided by path too, so all of them are looked at.
        hits = [
            Hit(segment.paths[number], score)
            for (segment, _), row in zip(self._segments, scores, strict=True)
            for number, score in enumerate(row)
            if best and score >= best[-1]
        ]
        hits.sort(key=lambda hit: (-hit.score, hit.path))
        return Hits(hits[:k], matched, searched)

    def _scores(self, query: str) -> list[list[float]]:
        scores = [[0.0] * len(segment.lengths) for segment, _ in self._segments]
        for term, weight in self._asked(query):
            found = [segment.postings(term) for segment, _ in self._segments]
            frequency = sum(len(numbers) for numbers, _ in found)
            frequency -= sum(len(gone.intersection(at[0])) for at, (_, gone) in zip(found, self._segments, strict=True))
            factor = weight * self._rarity(frequency) * (_K1 + 1)
            for row, norms, (numbers, often) in zip(scores, self._norms, found, strict=True):
                for number, count in zip(numbers, often, strict=True):
                    row[number] += factor * count / (count + norms[number])
        for row, (_, gone) in zip(scores, self._segments, strict=True):
            for number in gone:
                row[number] = 0.0
        return scores

    def _asked(self, query: str) -> list[tuple[str, float]]:
        if len(query) > _LONGEST_QUERY:
            query = f"{query[: _LONGEST_QUERY // 2]} {query[-_LONGEST_QUERY // 2 :]}"
        asked = list(tokens.query_terms(query).items())
        if len(asked) <= _MOST_TERMS:
            return asked
        telling = []
        for term, weight in asked:
            frequency = sum(segment.frequency(term) for segment, _ in self._segments)
            if frequency:
                telling.append((weight * self._rarity(frequency), term, weight))
        return [(term, weight) for _, term, weight in heapq.nlargest(_MOST_TERMS, telling)]

    def _rarity(self, frequency: int) -> float:
        others = max(self._documents - frequency, 0)
        return math.log(1 + (others + 0.5) / (frequency + 0.5))

    def _passing(self, segment: Segment, gone: frozenset[int], keys: Sequence[Collection[str]]) -> set[int]:
        each = [set().union(*map(segment.holding, choices)) for choices in keys]
        return set.intersection(*each) - gone


def _masked(row: list[float], numbers: set[int]) -> list[float]:
    passing = [0.0] * len(row)
    for number in numbers:
        passing[number] = row[number]
    return passing
