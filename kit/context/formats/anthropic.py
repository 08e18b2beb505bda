"""Messages for the messages API: system apart, user and assistant in turn, a tool's results right behind its calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kit.context import piece
from kit.context.formats import value
from kit.context.turns import Said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.context.turns import Turn

#: Stands first where an assistant would: the API wants a user there. The account says when it was put in.
OPENING = "[The conversation begins here.]"


def write(turns: Sequence[Turn], account: Mapping[str, Any]) -> bytes:
    """Returns `{"system": [...], "messages": [...]}`, without `system` where nothing is."""
    del account
    system = [_text(turn.piece.text) for turn in turns if isinstance(turn, Said) and _is_system(turn)]
    return value.dump(({"system": system} if system else {}) | {"messages": messages(turns)})


def messages(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """Returns the messages; those of one role in a row are one message of several blocks."""
    ids = value.call_ids(turns)
    found: list[dict[str, Any]] = []
    if needs_opening(turns):
        _add(found, "user", _text(OPENING))
    for turn in turns:
        if isinstance(turn, Said):
            if not _is_system(turn):
                role = "assistant" if piece.speaker(turn.piece.entry) == "assistant" else "user"
                _add(found, role, _text(value.said(turn.piece)))
            continue
        for call, _ in turn.pairs:
            sent = {"id": ids[call.entry.id], "name": value.tool_name(call.entry.tool)}
            _add(found, "assistant", {"type": "tool_use", **sent, "input": value.tool_input(call.text)})
        for call, result in turn.pairs:
            content = {"content": result.text} if result.text.strip() else {}
            _add(found, "user", {"type": "tool_result", "tool_use_id": ids[call.entry.id], **content})
    if found and found[-1]["role"] == "assistant" and found[-1]["content"][-1]["type"] == "text":
        last = found[-1]["content"][-1]
        last["text"] = last["text"].rstrip()  # the API takes no blanks at the very end of what it is to continue
    return found


def needs_opening(turns: Sequence[Turn]) -> bool:
    """Whether the first that is no system's is an assistant's."""
    first = next((turn for turn in turns if not (isinstance(turn, Said) and _is_system(turn))), None)
    if isinstance(first, Said):
        return piece.speaker(first.piece.entry) == "assistant"
    return first is not None


def _is_system(turn: Said) -> bool:
    return piece.speaker(turn.piece.entry) == "system"


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _add(found: list[dict[str, Any]], role: str, block: dict[str, Any]) -> None:
    if found and found[-1]["role"] == role:
        found[-1]["content"].append(block)
    else:
        found.append({"role": role, "content": [block]})
