"""Ties a tool's call to its result: a pair goes in or stays out as one, and neither is sent without the other."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from kit.context import piece
from kit.context.piece import Cut, Piece, Warned

if TYPE_CHECKING:
    from collections.abc import Sequence

Unit = tuple[Piece, ...]


class Paired(NamedTuple):
    """Units in the order of their first piece: one that is said, or a call and its result, in this order."""

    units: list[Unit]
    cuts: list[Cut]
    warnings: list[Warned]


def pair(pieces: Sequence[Piece]) -> Paired:
    """Returns the pieces as units. A call without a result and a result without a call are cut.

    A pinned one is said instead: its text goes in as speech, which both APIs take. Where an id is used again, the
    first result belongs to the first call, the second to the second.
    """
    calls, results = _by_call(pieces, is_call=True), _by_call(pieces, is_call=False)
    partner: dict[int, int] = {}
    for name, made in calls.items():
        partner |= dict(zip(made, results.get(name, ()), strict=False))
    answers = set(partner.values())
    units: list[Unit] = []
    cuts: list[Cut] = []
    for at, each in enumerate(pieces):
        if at in partner:
            units.append((each, pieces[partner[at]]))
        elif at in answers:
            continue
        elif not (each.is_call or each.is_result):
            units.append((each,))
        elif piece.is_pinned(each.entry):
            units.append((each._replace(is_said=True),))
        else:
            cuts.append(Cut(each.entry.id, piece.ORPHAN_CALL if each.is_call else piece.ORPHAN_RESULT))
    warnings = [
        Warned(piece.RESULT_FIRST, pieces[result].entry.id, pieces[call].entry.id)
        for call, result in sorted(partner.items())
        if result < call
    ]
    return Paired(units, cuts, warnings)


def _by_call(pieces: Sequence[Piece], *, is_call: bool) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for at, each in enumerate(pieces):
        if each.is_call if is_call else each.is_result:
            found[each.entry.call].append(at)
    return found
