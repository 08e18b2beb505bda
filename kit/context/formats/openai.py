"""Messages for the chat completions API: a call stands in its assistant message, its results right behind it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kit.context import piece
from kit.context.formats import value
from kit.context.turns import Said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.context.turns import Called, Turn

_ROLES = {"system": "system", "user": "user", "assistant": "assistant", "tool": "user"}


def write(turns: Sequence[Turn], account: Mapping[str, Any]) -> bytes:
    """Returns `{"messages": [...]}`."""
    del account
    return value.dump({"messages": messages(turns)})


def messages(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """Returns the messages: each role as the entry has it, a tool's text that answers no call as the user's."""
    ids = value.call_ids(turns)
    found: list[dict[str, Any]] = []
    for turn in turns:
        if isinstance(turn, Said):
            role = _ROLES[piece.speaker(turn.piece.entry)]
            found.append({"role": role, "content": value.said(turn.piece)})
            continue
        calls = _calls(turn, ids)
        if found and found[-1]["role"] == "assistant" and "tool_calls" not in found[-1]:
            found[-1]["tool_calls"] = calls
        else:
            found.append({"role": "assistant", "content": None, "tool_calls": calls})
        found += [
            {"role": "tool", "tool_call_id": ids[call.entry.id], "content": result.text} for call, result in turn.pairs
        ]
    return found


def _calls(turn: Called, ids: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "id": ids[call.entry.id],
            "type": "function",
            "function": {
                "name": value.tool_name(call.entry.tool),
                "arguments": json.dumps(value.tool_input(call.text), ensure_ascii=False, separators=(",", ":")),
            },
        }
        for call, _ in turn.pairs
    ]
