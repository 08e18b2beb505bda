"""Scores the documents of one generation for a query: BM25F over all its parts as if they were one.

Boosts are in the weights of the terms and in the lengths, so one list of postings per term answers for all
fields. Every posting is read, which keeps the counts exact; Whoosh's own search skips some and costs more.
"""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING

from kit.store import tokens
from kit.store.documents import Hit, Hits
from kit.store.part import ENGINE, Part

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
    """A generation with its parts open for reading.

    Any exception from here means that the index is damaged or that its folder was swept away.
    """

    def __init__(self, folder: Path, generation: Generation) -> None:
        if generation.engine != ENGINE:
            msg = f"the index was written by {generation.engine}, not {ENGINE}"
            raise ValueError(msg)
        self.generation = generation
        self._parts = [(Part(folder / kept.name), kept.gone) for kept in generation.parts if kept.documents]
        self._documents = sum(kept.live for kept in generation.parts)
        total = sum(sum(part.lengths) - sum(part.lengths[number] for number in gone) for part, gone in self._parts)
        share = _K1 * _B * self._documents / total if total else 0.0
        self._norms = [[_K1 * (1 - _B) + share * length for length in part.lengths] for part, _ in self._parts]

    def close(self) -> None:
        for part, _ in self._parts:
            part.close()

    def search(self, query: str, *, keys: Sequence[Collection[str]], k: int) -> Hits:
        """Returns the k best documents that hold one key of each collection, equals in order of path."""
        searched = self._documents
        found: list[tuple[float, int, int]] = []
        scores = self._scores(query)
        if keys:
            passing = [self._passing(part, gone, keys) for part, gone in self._parts]
            searched = sum(map(len, passing))
            for at, (row, numbers) in enumerate(zip(scores, passing, strict=True)):
                found.extend((row[number], at, number) for number in numbers if row[number])
        else:
            for at, row in enumerate(scores):
                found.extend((score, at, number) for number, score in enumerate(row) if score)
        best = heapq.nlargest(k, found)
        if best:
            # Which of several equals stand in the list is decided by path too.
            best = [hit for hit in found if hit[0] >= best[-1][0]]
        hits = sorted((-score, self._parts[at][0].paths[number]) for score, at, number in best)
        return Hits([Hit(path, -score) for score, path in hits[:k]], len(found), searched)

    def _scores(self, query: str) -> list[list[float]]:
        scores = [[0.0] * len(part.lengths) for part, _ in self._parts]
        for term, weight in self._asked(query):
            postings = [_live(part.postings(term), gone) for part, gone in self._parts]
            factor = weight * self._rarity(sum(map(len, postings))) * (_K1 + 1)
            for row, norms, listed in zip(scores, self._norms, postings, strict=True):
                for number, often in listed:
                    row[number] += factor * often / (often + norms[number])
        return scores

    def _asked(self, query: str) -> list[tuple[str, float]]:
        if len(query) > _LONGEST_QUERY:
            query = f"{query[: _LONGEST_QUERY // 2]} {query[-_LONGEST_QUERY // 2 :]}"
        asked = list(tokens.query_terms(query).items())
        if len(asked) <= _MOST_TERMS:
            return asked
        telling = []
        for term, weight in asked:
            frequency = sum(part.frequency(term) for part, _ in self._parts)
            if frequency:
                telling.append((weight * self._rarity(frequency), term, weight))
        return [(term, weight) for _, term, weight in heapq.nlargest(_MOST_TERMS, telling)]

    def _rarity(self, frequency: int) -> float:
        others = max(self._documents - frequency, 0)
        return math.log(1 + (others + 0.5) / (frequency + 0.5))

    def _passing(self, part: Part, gone: frozenset[int], keys: Sequence[Collection[str]]) -> set[int]:
        each = [set().union(*map(part.holding, choices)) for choices in keys]
        return set.intersection(*each) - gone


def _live(postings: list[tuple[int, float]], gone: frozenset[int]) -> list[tuple[int, float]]:
    return [posting for posting in postings if posting[0] not in gone] if gone else postings
