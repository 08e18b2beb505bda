"""Any other program: JSONL of a documented shape (docs/harnesses.md), named by `KIT_TRANSCRIPT` or by its path."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.harnesses import appended, chat, listing, touched
from kit.harnesses.event import CALL, ERROR, KINDS, RESULT, USAGE, USER, Event
from kit.harnesses.record import (
    NOT_JSON,
    arguments,
    counts,
    first,
    items,
    load,
    mapping,
    other,
    stamp,
    text,
    whole,
    words,
)
from kit.harnesses.shape import sniff

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kit.harnesses.harness import Chunk, Places, Source

__all__ = ["VARIABLE", "events", "find", "name", "read"]
name = "generic"
VARIABLE = "KIT_TRANSCRIPT"
_HEAD = 64 << 10
_TIMES = ("time", "at", "timestamp", "ts", "created_at")


def find(places: Places, *, project: Path | None) -> list[Source]:  # noqa: ARG001 - whoever names a file means it
    """Returns the one transcript that the environment names, whatever project is asked for, and whoever wrote it.

    What another harness wrote has that harness in its source; a database is not looked into here.
    """
    named = places.environment.get(VARIABLE, "")
    path = Path(named)
    if not named or not path.is_file():
        return []
    head = appended.head(path, _HEAD)
    if head.startswith(b"SQLite format 3\0"):
        return []
    return [listing.source(sniff(head) or name, path, path.stat(), listing.native(listing.stem(path)))]


def read(source: Source, cursor: str, *, limit: int) -> Chunk:
    return appended.read(source.path, cursor, limit=limit)


def events(records: Iterable[tuple[int, bytes]]) -> Iterator[Event]:
    """Yields what happened: a record of kit's own names is one event, a chat message one for each of its parts."""
    tools: dict[str, str] = {}
    for line, record in records:
        entry = load(record)
        if entry is None:
            yield other(line, NOT_JSON)
            continue
        for each in _read(line, entry):
            if each.kind == CALL and each.call:
                tools[each.call] = each.tool
            yield each if each.kind != RESULT or each.tool else each._replace(tool=tools.get(each.call, ""))


def _read(line: int, entry: dict[str, Any]) -> Iterable[Event]:
    at = next((found for each in _TIMES if (found := stamp(entry.get(each)))), "")
    plain = Event(USER, line, at, text(entry.get("id")), first(entry, "parent", "parent_id"),
                  model=text(entry.get("model")), agent=text(entry.get("agent")),
                  is_active=entry.get("is_active") is not False)  # fmt: skip
    kind = next((entry[each] for each in ("kind", "type") if entry.get(each) in KINDS), "")
    if kind:
        event = _event(plain, str(kind), entry)
        if event.usage is None or kind == USAGE:
            return (event,)
        return (event._replace(usage=None), Event(USAGE, line, at, usage=event.usage, model=event.model))
    if "role" in entry:
        return chat.message(plain, entry)
    inner = entry.get("message")
    if isinstance(inner, dict) and "role" in inner:
        return chat.message(plain, inner)
    shape = entry.get("kind", entry.get("type"))
    return () if shape == "session" else (other(line, shape, at),)


def _event(plain: Event, kind: str, entry: dict[str, Any]) -> Event:
    given = arguments(entry.get("input", entry.get("arguments", entry.get("args", ""))))
    named = tuple(each for each in items(entry.get("files"))[:200] if isinstance(each, str) and each)
    status = whole(entry.get("exit_status", entry.get("exit_code")))
    has_failed = entry.get("is_error") is True or (kind == RESULT and bool(status)) or kind == ERROR
    said = next((found for each in ("text", "content", "output", "message") if (found := words(entry.get(each)))), "")
    used = counts(**{key: value for key, value in mapping(entry.get("usage")).items() if key in _COUNTS})
    return plain._replace(
        kind=kind,
        text=said,
        tool=first(entry, "tool", "name"),
        call=first(entry, "call", "call_id", "tool_call_id"),
        input=given,
        exit_status=status,
        is_error=has_failed,
        files=named or (touched.files(given) if kind == CALL else ()),
        usage=used or None,
    )


_COUNTS = frozenset(("input", "output", "cache_read", "cache_write", "reasoning"))
