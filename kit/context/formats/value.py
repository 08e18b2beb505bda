"""The values that both APIs hold to narrow rules: ids of calls, names of tools, their input, and JSON that is safe."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from kit.context import piece
from kit.context.turns import Called
from kit.records import strict_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kit.context.piece import Piece
    from kit.context.turns import Turn

_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]+")
_NAME_LENGTH = 64
_MAX_INPUT = 64 << 20


def dump(value: object) -> bytes:
    """Returns one line of JSON in plain ASCII: the same bytes always, and none that could steer a terminal."""
    return json.dumps(value, separators=(",", ":")).replace("\x7f", "\\u007f").encode("ascii") + b"\n"


def call_ids(turns: Sequence[Turn]) -> dict[str, str]:
    """Returns entry id of a call -> the id it is sent with: its own where both APIs take it, and each only once."""
    sent: dict[str, str] = {}
    used: set[str] = set()
    for turn in turns:
        for call, _ in turn.pairs if isinstance(turn, Called) else ():
            name = call.entry.call
            if name in used or not _ID.fullmatch(name):
                name = "call_" + hashlib.sha256(f"{call.entry.id} {name}".encode("utf-8", "replace")).hexdigest()[:24]
            used.add(name)
            sent[call.entry.id] = name
    return sent


def tool_name(entry_tool: str) -> str:
    """Returns a tool's name as both APIs take it."""
    return _NOT_IN_A_NAME.sub("_", entry_tool)[:_NAME_LENGTH] or "tool"


def tool_input(text: str) -> dict[str, Any]:
    """Returns what a call's text says as a JSON object; a text that is none stands in one, as `input`."""
    try:
        value = strict_json.load(text.encode(), max_bytes=_MAX_INPUT)
    except (strict_json.Malformed, UnicodeEncodeError):
        value = None
    return value if isinstance(value, dict) else {"input": text}


def said(each: Piece) -> str:
    """Returns the text of a piece as speech; of a tool's it says so."""
    if each.is_said and piece.is_call(each.entry):
        return f"[call of {tool_name(each.entry.tool)}, no result]\n{each.text}"
    if piece.speaker(each.entry) == "tool" or each.is_said:
        return f"[result of {tool_name(each.entry.tool)}]\n{each.text}"
    return each.text


def counted(each: Piece) -> str:
    """Returns what of a piece takes tokens: what is said, and of a call the tool's name too."""
    return f"{tool_name(each.entry.tool)}\n{each.text}" if each.is_call else said(each)
