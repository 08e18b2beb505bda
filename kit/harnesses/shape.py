"""Tells by what stands in a transcript which harness wrote it; what it is called, or where it lies, proves nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kit.harnesses.record import load, mapping, text

if TYPE_CHECKING:
    from collections.abc import Callable

_DATABASE, _ZSTD = b"SQLite format 3\0", b"\x28\xb5\x2f\xfd"
_MAX_LINES = 40
_CODEX = frozenset(("session_meta", "response_item", "event_msg", "turn_context", "compacted"))
_CODEX_ITEMS = frozenset(("function_call", "function_call_output", "reasoning", "local_shell_call"))
_CLAUDE = frozenset(
    ("user", "assistant", "summary", "file-history-snapshot", "system", "progress", "attachment", "tool")
)
_PI = frozenset(("message", "model_change", "thinking_level_change", "compaction", "custom", "custom_message"))


def sniff(head: bytes) -> str | None:
    """Returns the name of the harness whose transcript begins with `head` (64 kB say enough), None when it is nobody's.

    Of a database it sees only what its first page says. A session that names OpenClaw nowhere is taken for Pi's,
    whose shape it has.
    """
    if head.startswith(_DATABASE):
        return "openclaw" if b"transcript_events" in head else "hermes" if b"messages" in head else None
    if head.startswith(_ZSTD):
        return "codex"
    if (load(head.lstrip().split(b"\n", 1)[0]) is None) and (whose := _document(head)):
        return whose
    entries = [found for line in head.split(b"\n")[:_MAX_LINES] if (found := load(line)) is not None]
    for name, is_one in _SHAPES:
        if any(is_one(each) for each in entries):
            return "openclaw" if name == "pi" and b"openclaw" in head else name
    return None


def _document(head: bytes) -> str | None:
    """Recognises a document that goes on beyond the head, so that it can only be looked at as text."""
    if not re.match(rb'\s{0,99}\{\s{0,99}"', head):
        return None
    if any(key in head for key in (b'"ATIF-', b'"session_start"', b'"producer": "hermes', b'"session_id"')):
        return "hermes"
    if b'"projectHash"' in head or b'"sessionId"' in head or b'"history"' in head:
        return "gemini"
    return None


def _is_hermes(entry: dict[str, Any]) -> bool:
    if "atof_version" in entry or text(entry.get("schema_version")).startswith("ATIF"):
        return True
    if entry.get("table") in ("sessions", "messages"):
        return True
    return "session_id" in entry and isinstance(entry.get("messages"), list)


def _is_gemini(entry: dict[str, Any]) -> bool:
    if "$set" in entry or "$rewindTo" in entry or "projectHash" in entry:
        return True
    return isinstance(entry.get("history"), list) or (entry.get("type") == "gemini" and "content" in entry)


def _is_codex(entry: dict[str, Any]) -> bool:
    kind = text(entry.get("type"))
    if isinstance(entry.get("payload"), dict):
        return kind in _CODEX
    is_bare = kind in _CODEX_ITEMS or (kind == "message" and isinstance(entry.get("content"), list))
    return "record_type" in entry or is_bare or ("instructions" in entry and "id" in entry and "type" not in entry)


def _is_pi(entry: dict[str, Any]) -> bool:
    kind = text(entry.get("type"))
    if kind == "session":
        return "id" in entry and "cwd" in entry
    return kind in _PI and ("parentId" in entry or "role" in mapping(entry.get("message")))


def _is_claude(entry: dict[str, Any]) -> bool:
    if text(entry.get("type")) not in _CLAUDE:
        return False
    return "sessionId" in entry or "parentUuid" in entry or "leafUuid" in entry or "isSidechain" in entry


def _is_generic(entry: dict[str, Any]) -> bool:
    return "role" in entry or "kind" in entry or "role" in mapping(entry.get("message"))


_SHAPES: tuple[tuple[str, Callable[[dict[str, Any]], bool]], ...] = (
    ("hermes", _is_hermes),
    ("codex", _is_codex),
    ("pi", _is_pi),
    ("gemini", _is_gemini),
    ("claude-code", _is_claude),
    ("generic", _is_generic),
)
