"""Keeps a context within its tokens: whole entries only, pinned ones never cut, important ones after the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.context import piece
from kit.context.piece import Cut
from kit.errors import Blocked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kit.context.pairs import Unit


class Fitted(NamedTuple):
    """The units that fit, in their order, and what was cut for it."""

    units: list[Unit]
    cuts: list[Cut]


def fit(units: Sequence[Unit], budget: int, *, reserved: int = 0) -> Fitted:
    """Returns the units that `budget` tokens have room for; pinned ones first, then important ones, then the others.

    Of equals the newer one goes in first, and an older one that is small enough still follows one that was not. Where
    an important one had to stay out, nothing less important goes in. Raises Blocked, with the tokens it would take,
    when the pinned ones alone are more than the budget. `reserved` tokens of it are needed for something else.
    """
    pinned = [at for at, unit in enumerate(units) if _rank(unit) == 0]
    needed = reserved + sum(_cost(units[at]) for at in pinned)
    if pinned and needed > budget:
        opening = f" with the opening message ({reserved})" if reserved else ""
        raise Blocked(
            f"the pinned entries alone take {needed} tokens{opening}, the budget is {budget}",
            hint=f"give --budget {needed} or more, or unpin some (kit context annotate)",
            code="over_budget",
            needed=needed,
            budget=budget,
        )
    kept = set(pinned)
    left = budget - needed
    for rank in (1, 2):
        of_rank = [at for at, unit in enumerate(units) if _rank(unit) == rank]
        for at in reversed(of_rank):
            if _cost(units[at]) <= left:
                kept.add(at)
                left -= _cost(units[at])
        if not kept.issuperset(of_rank):
            break
    cuts = [
        Cut(each.entry.id, piece.BUDGET, each.cost) for at, unit in enumerate(units) if at not in kept for each in unit
    ]
    return Fitted([unit for at, unit in enumerate(units) if at in kept], cuts)


def _rank(unit: Unit) -> int:
    """Returns 0 for a unit with a pinned entry, 1 for one with an important entry, else 2."""
    priorities = {each.entry.priority for each in unit}
    return 0 if piece.PINNED in priorities else 1 if piece.IMPORTANT in priorities else 2


def _cost(unit: Unit) -> int:
    return sum(each.cost for each in unit)
