"""What happened in a session of the Pi shape, versions 1 to 3, which OpenClaw writes too.

From version 2 on the records are a tree: what is not on the way from the last record to the root was left.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kit.harnesses import touched
from kit.harnesses.event import ASSISTANT, CALL, COMPACTION, ERROR, RESULT, THINKING, USAGE, USER, Event
from kit.harnesses.record import NOT_JSON, arguments, counts, first, load, mapping, other, stamp, text, whole, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_EXIT = re.compile(r"Command exited with code (\d{1,9})\)?\s*\Z")
_TAIL = 200


def events(records: Iterable[tuple[int, bytes]]) -> Iterator[Event]:
    """Yields what happened, once all records are read: only the last one tells which branch was gone on with."""
    found: list[Event] = []
    parents: dict[str, str] = {}
    tools: dict[str, str] = {}
    last, is_tree = "", False
    for line, record in records:
        entry = load(record)
        if entry is None:
            found.append(other(line, NOT_JSON))
            continue
        own, above = text(entry.get("id")), text(entry.get("parentId"))
        if own and entry.get("type") != "session":
            is_tree = is_tree or "parentId" in entry
            parents.setdefault(own, above if above in parents or entry.get("parentId", "") is None else last)
            last = own
        for each in _read(line, entry, own, above):
            if each.kind == CALL and each.call:
                tools[each.call] = each.tool
            found.append(each._replace(tool=tools.get(each.call, "")) if _is_unnamed(each) else each)
    active = _way(parents, last) if is_tree else None
    for each in found:
        is_left = active is not None and each.id in parents and each.id not in active
        yield each._replace(is_active=False) if is_left else each


def _is_unnamed(event: Event) -> bool:
    return event.kind == RESULT and not event.tool


def _way(parents: dict[str, str], last: str) -> set[str]:
    """Returns the ids on the way from a record to the root; a ring, which no writer makes, ends it."""
    found: set[str] = set()
    while last and last not in found:
        found.add(last)
        last = parents.get(last, "")
    return found


def _read(line: int, entry: dict[str, Any], own: str, above: str) -> Iterable[Event]:
    kind = entry.get("type")
    message = mapping(entry.get("message"))
    plain = Event(USER, line, stamp(entry.get("timestamp")) or stamp(message.get("timestamp")), own, above)
    if kind == "message":
        role = message.get("role")
        reader = _ROLES.get(role) if isinstance(role, str) else None
        return reader(plain, message) if reader else (other(line, f"message/{text(role)}", plain.at),)
    if kind in ("compaction", "branch_summary", "reset", "compact"):
        return (plain._replace(kind=COMPACTION, text=first(entry, "summary", "note"), tool=str(kind)),)
    if kind == "custom" and entry.get("customType") == "openclaw:prompt-error":
        data = mapping(entry.get("data"))
        said = first(data, "error", "message") or text(mapping(data.get("error")).get("message"))
        return (plain._replace(kind=ERROR, text=said, is_error=True),)
    return () if isinstance(kind, str) and kind in _PASSED else (other(line, kind, plain.at),)


def _user(plain: Event, message: dict[str, Any]) -> Iterable[Event]:
    said = words(message.get("content"))
    return (plain._replace(text=said),) if said else ()


def _assistant(plain: Event, message: dict[str, Any]) -> Iterable[Event]:
    plain = plain._replace(model=text(message.get("model")))
    content = message.get("content")
    for given in content if isinstance(content, list) else [content]:
        block = {"type": "text", "text": given} if isinstance(given, str) else mapping(given)
        kind = block.get("type")
        if kind == "text":
            if said := text(block.get("text")):
                yield plain._replace(kind=ASSISTANT, text=said)
        elif kind == "thinking":
            if said := text(block.get("thinking")):
                yield plain._replace(kind=THINKING, text=said)
        elif kind == "toolCall":
            asked = arguments(block.get("arguments"))
            yield plain._replace(kind=CALL, tool=text(block.get("name")), call=text(block.get("id")), input=asked,
                                 files=touched.files(asked))  # fmt: skip
        elif block and kind != "image":
            yield other(plain.line, kind, plain.at)._replace(id=plain.id, parent=plain.parent)
    reason = message.get("stopReason")
    if reason in ("error", "aborted"):
        yield plain._replace(kind=ERROR, text=text(message.get("errorMessage")), tool=str(reason), is_error=True)
    used = mapping(message.get("usage"))
    usage = counts(
        input=used.get("input"),
        output=used.get("output"),
        cache_read=used.get("cacheRead"),
        cache_write=used.get("cacheWrite"),
    )
    if usage:
        yield plain._replace(kind=USAGE, usage=usage)


def _result(plain: Event, message: dict[str, Any]) -> Iterable[Event]:
    """A result can have failed though `isError` is false: OpenClaw says so in the details or in the text."""
    said, details = words(message.get("content")), mapping(message.get("details"))
    status = whole(details.get("exitCode", details.get("exit_code")))
    if status is None and (left := _EXIT.search(said[-_TAIL:])):
        status = int(left[1])
    told = (load(said.encode("utf-8", "replace")) or {}) if said[:1] == "{" and '"status"' in said else {}
    has_failed = (
        message.get("isError") is True or bool(status) or "error" in (details.get("status"), told.get("status"))
    )
    yield plain._replace(kind=RESULT, text=said, tool=text(message.get("toolName")),
                         call=text(message.get("toolCallId")), exit_status=status, is_error=has_failed)  # fmt: skip


def _shell(plain: Event, message: dict[str, Any]) -> Iterable[Event]:
    """Reads a command that the person ran."""
    status = whole(message.get("exitCode"))
    has_failed = bool(status) or message.get("cancelled") is True
    call = plain._replace(kind=CALL, tool="bash", call=plain.id, input={"command": text(message.get("command"))})
    yield call
    yield call._replace(
        kind=RESULT, input="", text=text(message.get("output")), exit_status=status, is_error=has_failed
    )


def _summary(plain: Event, message: dict[str, Any]) -> Iterable[Event]:
    said = text(message.get("summary")) or words(message.get("content"))
    return (plain._replace(kind=COMPACTION, text=said, tool=text(message.get("role"))),)


def _nothing(plain: Event, message: dict[str, Any]) -> Iterable[Event]:  # noqa: ARG001 - one of a table
    return ()


_PASSED = frozenset((
    "session", "model_change", "thinking_level_change", "custom", "custom_message", "label", "session_info",
))  # fmt: skip
_ROLES: dict[str, Callable[[Event, dict[str, Any]], Iterable[Event]]] = {
    "user": _user,
    "assistant": _assistant,
    "toolResult": _result,
    "bashExecution": _shell,
    "branchSummary": _summary,
    "compactionSummary": _summary,
    **dict.fromkeys(("custom", "hookMessage", "system"), _nothing),
}
