"""The format `json`: entries with their ids, in the order in which they are sent, and the whole account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kit.context.formats import value
from kit.context.turns import Said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.context.piece import Piece
    from kit.context.turns import Turn


def write(turns: Sequence[Turn], account: Mapping[str, Any]) -> bytes:
    """Returns `{"entries": [...], "account": {...}}`."""
    return value.dump({"entries": [_entry(each) for turn in turns for each in pieces(turn)], "account": account})


def pieces(turn: Turn) -> list[Piece]:
    """Returns what a turn sends, in order: the calls made at once, then their results."""
    if isinstance(turn, Said):
        return [turn.piece]
    return [call for call, _ in turn.pairs] + [result for _, result in turn.pairs]


def _entry(each: Piece) -> dict[str, Any]:
    entry = each.entry
    tied = {"tool": entry.tool, "call": entry.call} if entry.call or entry.tool else {}
    return {"id": entry.id, "role": entry.role, "kind": entry.kind, **tied, "form": each.form, "text": each.text}
