"""Which of the entries are sent, and in what form, before any budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.context import piece, shorten
from kit.context.piece import Cut, Piece

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kit.context.pairs import Unit

_DIALOGUE = ("instruction", "dialogue")


class Chosen(NamedTuple):
    """The units that stay, in their order, and what the strategy left out."""

    units: list[Unit]
    cuts: list[Cut]


def choose(units: Sequence[Unit], strategy: str, k: int) -> Chosen:
    """Returns what a strategy makes of the units; a pinned entry stays whole in every one of them.

    `full` is everything; `messages` instructions, dialogue and folds; `window` the last `k` turns (a turn begins
    where a user speaks); `adaptive` the last `k` entries whole and of the older ones the short form, except for
    important ones and folds.
    """
    return _STRATEGIES[strategy](units, k)


def _full(units: Sequence[Unit], k: int) -> Chosen:
    del k
    return Chosen(list(units), [])


def _messages(units: Sequence[Unit], k: int) -> Chosen:
    del k
    return _those(units, [len(unit) == 1 and (unit[0].entry.kind in _DIALOGUE or bool(unit[0].entry.folds))
                          for unit in units])  # fmt: skip


def _window(units: Sequence[Unit], k: int) -> Chosen:
    begins = [at for at, unit in enumerate(units) if len(unit) == 1 and piece.speaker(unit[0].entry) == "user"]
    first = begins[-k] if len(begins) >= k else 0
    return _those(units, [at >= first for at in range(len(units))])


def _adaptive(units: Sequence[Unit], k: int) -> Chosen:
    kept: list[Unit] = []
    left = k
    for unit in reversed(units):
        kept.append(unit if left > 0 or _is_pinned(unit) else tuple(map(_short, unit)))
        left -= len(unit)
    return Chosen(kept[::-1], [])


def _those(units: Sequence[Unit], stays: Sequence[bool]) -> Chosen:
    kept: list[Unit] = []
    cuts: list[Cut] = []
    for unit, is_in in zip(units, stays, strict=True):
        if is_in or _is_pinned(unit):
            kept.append(unit)
        else:
            cuts += [Cut(each.entry.id, piece.STRATEGY) for each in unit]
    return Chosen(kept, cuts)


def _is_pinned(unit: Unit) -> bool:
    return any(piece.is_pinned(each.entry) for each in unit)


def _short(each: Piece) -> Piece:
    if each.form != piece.FULL or each.entry.priority == piece.IMPORTANT:
        return each
    text, form = (shorten.shorten_input if each.is_call else shorten.shorten)(each.text)
    return each._replace(text=text, form=form)


_STRATEGIES: dict[str, Callable[[Sequence[Unit], int], Chosen]] = {
    "full": _full,
    "messages": _messages,
    "window": _window,
    "adaptive": _adaptive,
}
