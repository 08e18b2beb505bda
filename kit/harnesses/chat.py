"""Messages of the chat shape, `{role, content, tool_calls}`, which many programs keep with fields of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kit.harnesses import touched
from kit.harnesses.event import ASSISTANT, CALL, RESULT, THINKING, USER, Event
from kit.harnesses.record import arguments, first, items, load, mapping, other, text, whole, words

if TYPE_CHECKING:
    from collections.abc import Iterator

_USERS, _MODELS = ("user", "human"), ("assistant", "model", "ai", "gemini")
_TOOLS, _PASSED = ("tool", "function", "tool_result"), ("system", "developer", "session_meta")


def message(plain: Event, entry: dict[str, Any]) -> Iterator[Event]:
    """Yields what one message says; `plain` has its line, time and ids."""
    role = entry.get("role")
    if role in _USERS:
        yield from _blocks(plain._replace(model=""), entry, USER)
    elif role in _MODELS:
        plain = plain._replace(model=text(entry.get("model")) or plain.model)
        if thought := first(entry, "reasoning", "reasoning_content"):
            yield plain._replace(kind=THINKING, text=thought)
        yield from _blocks(plain, entry, ASSISTANT)
        for call in items(entry.get("tool_calls")):
            if isinstance(call, dict):
                yield _call(plain, call)
    elif role in _TOOLS:
        yield result(plain._replace(model=""), entry)
    elif role not in _PASSED:
        yield other(plain.line, f"role/{text(role)}", plain.at)


def result(plain: Event, entry: dict[str, Any]) -> Event:
    """Reads a tool's answer; one that is a JSON object with an output and an exit code is taken apart."""
    said = words(entry.get("content", entry.get("text", entry.get("output"))))
    status, has_failed = None, entry.get("is_error") is True or entry.get("finish_reason") == "error"
    if said[:1] == "{":
        told = load(said.encode("utf-8", "replace")) or {}
        status = whole(told.get("exit_code"))
        has_failed = has_failed or bool(status) or (bool(told.get("error")) and isinstance(told.get("error"), str))
        if status is not None and isinstance(told.get("output"), str):
            said = told["output"]
    return plain._replace(kind=RESULT, text=said, tool=first(entry, "tool_name", "name", "tool"), exit_status=status,
                          call=first(entry, "tool_call_id", "call_id", "call"), is_error=has_failed)  # fmt: skip


def _call(plain: Event, call: dict[str, Any]) -> Event:
    function = mapping(call.get("function")) or call
    given = arguments(function.get("arguments", function.get("arguments_json", function.get("input"))))
    return plain._replace(kind=CALL, tool=first(function, "name", "tool_name"), input=given, files=touched.files(given),
                          call=first(call, "id", "call_id", "action_id"))  # fmt: skip


def _blocks(plain: Event, entry: dict[str, Any], kind: str) -> Iterator[Event]:
    content = entry.get("content", entry.get("text", entry.get("message")))
    if not isinstance(content, list):
        if said := words(content):
            yield plain._replace(kind=kind, text=said)
        return
    for block in content:
        shape = block.get("type") if isinstance(block, dict) else None
        if shape == "tool_use":
            yield _call(plain, block)
        elif shape == "tool_result":
            yield result(plain, {**block, "tool_call_id": block.get("tool_use_id")})
        elif shape == "thinking":
            if said := text(block.get("thinking")):
                yield plain._replace(kind=THINKING, text=said)
        elif said := words([block]):
            yield plain._replace(kind=kind, text=said)
