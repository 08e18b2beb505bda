"""The format `text`: a line that names who speaks, and below it, indented, what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kit.context.formats import neutral
from kit.safety.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.context.piece import Piece
    from kit.context.turns import Turn


def write(turns: Sequence[Turn], account: Mapping[str, Any]) -> bytes:
    """Returns the text; what could steer a terminal stands as escapes, and no line of an entry passes for a head."""
    del account
    blocks = [_block(each) for turn in turns for each in neutral.pieces(turn)]
    return "\n".join(blocks).encode("utf-8", "backslashreplace")


def _block(each: Piece) -> str:
    entry = each.entry
    tool = f" {entry.tool}" if entry.tool else ""
    form = f" ({each.form})" if each.form not in ("full", "fold") else ""
    head = printable(f"{entry.role} {entry.kind}{tool} {entry.id}{form}", keep_newlines=False)
    lines = printable(each.text.removesuffix("\n")).replace("\r\n", "\n").split("\n")
    return head + "\n" + "".join(f"  {line}\n" if line else "\n" for line in lines)
