"""The order in which pieces are sent: what is said one by one, calls made together with their results right behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kit.context.pairs import Unit
    from kit.context.piece import Piece


class Said(NamedTuple):
    """One piece that someone says."""

    piece: Piece


class Called(NamedTuple):
    """Calls that an assistant made at once, each with its result."""

    pairs: tuple[tuple[Piece, Piece], ...]


Turn = Said | Called


def turns(units: Sequence[Unit]) -> Iterator[Turn]:
    """Yields what is said and called, in order.

    Calls were made at once when nothing is said between them and no result of the earlier ones came before the later.
    """
    calls: list[tuple[Piece, Piece]] = []
    for unit in units:
        is_pair = len(unit) == 2
        if calls and not (is_pair and unit[0].place < min(result.place for _, result in calls)):
            yield Called(tuple(calls))
            calls = []
        if is_pair:
            calls.append((unit[0], unit[1]))
        else:
            yield Said(unit[0])
    if calls:
        yield Called(tuple(calls))
