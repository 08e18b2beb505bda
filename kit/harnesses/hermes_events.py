"""What happened in a session of Hermes: rows of its database, messages of its old files, and its exports.

The exports are the archive (version 1), ATIF trajectories, and ATOF streams of scopes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kit.harnesses import chat, touched
from kit.harnesses.event import ASSISTANT, CALL, COMPACTION, ERROR, RESULT, THINKING, USAGE, USER, Event
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

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_JSON = "\0json:"


def events(records: Iterable[tuple[int, bytes]]) -> Iterator[Event]:
    """Yields what happened, once all records are read: rows may have been taken back after they were written.

    The session's own usage, which its row adds up, is one event, of the last record of that row.
    """
    found: list[Event] = []
    rows: dict[int, tuple[int, int]] = {}
    usage: Event | None = None
    model = ""
    for line, record in records:
        entry = load(record)
        if entry is None:
            found.append(other(line, NOT_JSON))
        elif entry.get("table") == "sessions":
            model = text(entry.get("model"))
            usage = _usage(line, entry) or usage
        elif entry.get("table") == "inactive":
            _take_back(found, rows, entry)
        else:
            start = len(found)
            found += _read(Event(USER, line, model=model), entry)
            if entry.get("table") == "messages" and (number := whole(entry.get("id"))) is not None:
                rows[number] = (start, len(found))
            model = model or (text(entry.get("model")) if "role" not in entry else "")
    yield from _named(found)
    if usage:
        yield usage


def _read(plain: Event, entry: dict[str, Any]) -> Iterable[Event]:
    if "atof_version" in entry:
        return _scope(plain, entry)
    if "source" in entry and ("step_id" in entry or "message" in entry) and "table" not in entry:
        return _step(plain, entry)
    if "message_id" in entry and "state" in entry:
        return _archived(plain, entry)
    if "role" in entry:
        return _message(plain, entry)
    is_header = "table" not in entry and ("session_id" in entry or "schema_version" in entry) and "type" not in entry
    return () if is_header else (other(plain.line, entry.get("type", entry.get("table"))),)


def _message(plain: Event, entry: dict[str, Any]) -> Iterable[Event]:
    """Reads a row or an old file's message: calls may stand as JSON in a text, blocks behind a mark."""
    if entry.get("display_kind") == "hidden":
        return ()
    plain = plain._replace(at=stamp(entry.get("timestamp")), id=str(entry.get("id") or ""))
    content = entry.get("content")
    entry = dict(entry)
    if isinstance(content, str) and content.startswith(_JSON):
        entry["content"] = _unmarked(content)
    if isinstance(entry.get("tool_calls"), str):
        entry["tool_calls"] = _unmarked(_JSON + entry["tool_calls"])
    if entry.get("_compressed_summary") == 1:
        return (plain._replace(kind=COMPACTION, text=words(entry.get("content"))),)
    is_back = entry.get("active") == 0 and entry.get("compacted") != 1
    return [each._replace(is_active=not is_back) for each in chat.message(plain, entry)]


def _unmarked(content: str) -> object:
    """Returns the blocks that a marked text holds, the text itself when it holds no JSON."""
    given = content.removeprefix(_JSON)
    found = load(b'{"it":' + given.encode("utf-8", "replace") + b"}")
    return found["it"] if found else given


def _archived(plain: Event, entry: dict[str, Any]) -> Iterable[Event]:
    plain = plain._replace(at=stamp(entry.get("timestamp")), id=text(entry.get("message_id")),
                           is_active=entry.get("state") != "rewound")  # fmt: skip
    results = [mapping(each) for each in items(entry.get("tool_results"))]
    if results:
        return [
            plain._replace(
                kind=RESULT,
                call=text(each.get("action_id")),
                exit_status=whole(each.get("exit_code")),
                text=first(each, "output", "output_preview"),
                is_error=each.get("is_error") is True or bool(whole(each.get("exit_code"))),
            )
            for each in results
        ]
    return () if entry.get("role") == "tool" and not entry.get("text") else list(chat.message(plain, entry))


def _step(plain: Event, entry: dict[str, Any]) -> Iterable[Event]:
    """Reads a step of an ATIF trajectory."""
    plain = plain._replace(at=stamp(entry.get("timestamp")), id=str(whole(entry.get("step_id")) or ""),
                           model=text(entry.get("model_name")) or plain.model)  # fmt: skip
    source, said = entry.get("source"), words(entry.get("message"))
    if source == "user":
        yield from [plain._replace(text=said)] if said else []
    elif source in ("agent", "assistant"):
        if thought := text(entry.get("reasoning_content")):
            yield plain._replace(kind=THINKING, text=thought)
        if said:
            yield plain._replace(kind=ASSISTANT, text=said)
        for call in map(mapping, items(entry.get("tool_calls"))):
            given = arguments(call.get("arguments"))
            yield plain._replace(kind=CALL, tool=first(call, "function_name", "name"), input=given,
                                 call=first(call, "tool_call_id", "id"), files=touched.files(given))  # fmt: skip
        for each in map(mapping, items(mapping(entry.get("observation")).get("results"))):
            yield plain._replace(kind=RESULT, call=text(each.get("source_call_id")), text=words(each.get("content")))
        used = mapping(entry.get("metrics"))
        usage = counts(input=used.get("prompt_tokens"), output=used.get("completion_tokens"))
        if usage:
            yield plain._replace(kind=USAGE, usage=usage)
    elif source != "system":
        yield other(plain.line, f"step/{text(source)}", plain.at)


def _scope(plain: Event, entry: dict[str, Any]) -> Iterable[Event]:
    """Reads one end of a scope of an ATOF stream: what the model was told and said, what a tool got and gave."""
    told, data = mapping(entry.get("metadata")), mapping(entry.get("data"))
    plain = plain._replace(at=stamp(entry.get("timestamp")), id=text(entry.get("uuid")),
                           parent=text(entry.get("parent_uuid")), model=text(told.get("model")))  # fmt: skip
    category, end = entry.get("category"), entry.get("scope_category")
    if category == "llm":
        said = words(data.get("content")) if end == "start" else words(data.get("assistant_message"))
        return (plain._replace(kind=USER if end == "start" else ASSISTANT, text=said),) if said else ()
    if category == "tool":
        call = text(told.get("tool_call_id")) or plain.id
        plain = plain._replace(tool=text(entry.get("name")), call=call)
        if end == "start":
            return (plain._replace(kind=CALL, input=data, files=touched.files(data)),)
        said = "\n".join(each for each in (first(data, "stdout", "output", "result"), text(data.get("stderr"))) if each)
        code = whole(data.get("exit_code"))
        has_failed = told.get("status") in ("error", "failed") or bool(code)
        return (plain._replace(kind=RESULT, text=said, exit_status=code, is_error=has_failed),)
    is_known = entry.get("kind") in ("scope", "mark") and isinstance(category, str)
    if told.get("status") in ("error", "failed") and end == "end":
        return (plain._replace(kind=ERROR, text=words(data.get("error")), is_error=True),)
    return () if is_known else (other(plain.line, f"atof/{text(category)}", plain.at),)


def _usage(line: int, entry: dict[str, Any]) -> Event | None:
    reasoning, output = whole(entry.get("reasoning_tokens")) or 0, whole(entry.get("output_tokens")) or 0
    used = counts(
        input=entry.get("input_tokens"),
        output=output,
        cache_read=entry.get("cache_read_tokens"),
        cache_write=entry.get("cache_write_tokens"),
        reasoning=reasoning,
    )
    at = stamp(entry.get("ended_at")) or stamp(entry.get("last_activity_at"))
    return Event(USAGE, line, at, usage=used, model=text(entry.get("model"))) if used else None


def _take_back(found: list[Event], rows: dict[int, tuple[int, int]], entry: dict[str, Any]) -> None:
    """Sets which of the rows before were taken back: those in the ranges, and of the others none."""
    upto = whole(entry.get("upto")) or 0
    ranges = [each for each in items(entry.get("ranges")) if isinstance(each, list) and len(each) == 2]
    back = [(first, last) for first, last in ranges if type(first) is int and type(last) is int]
    for number, (start, end) in rows.items():
        if number <= upto:
            is_back = any(first <= number <= last for first, last in back)
            found[start:end] = [each._replace(is_active=not is_back) for each in found[start:end]]


def _named(found: list[Event]) -> Iterator[Event]:
    """Yields the events, results with the tool of their call where they do not name it."""
    tools = {each.call: each.tool for each in found if each.kind == CALL and each.call}
    for each in found:
        is_unnamed = each.kind == RESULT and not each.tool
        yield each._replace(tool=tools.get(each.call, "")) if is_unnamed else each
