"""What happened in a session of Gemini CLI: messages, each of which a later one with the same id takes the place of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kit.harnesses import touched
from kit.harnesses.event import ASSISTANT, CALL, ERROR, RESULT, THINKING, USAGE, USER, Event
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

_EXIT = re.compile(r"^Exit Code: (-?\d{1,9})\s*$", re.MULTILINE)
_TAIL = 1000
_USERS, _MODELS = ("user",), ("gemini", "model", "assistant")
_NOTES, _FAILURES = ("info", "warning"), ("error",)


def events(records: Iterable[tuple[int, bytes]]) -> Iterator[Event]:
    """Yields what happened, once all records are read: a message may come again, or be taken back, until the end.

    `$rewindTo` takes back the message it names and all after it, all of them when it names none. The messages of a
    `$set` are the model's context anew, as after a compression: those already known stay what they were.
    """
    found: list[tuple[str, list[Event]]] = []
    places: dict[str, int] = {}
    for line, record in records:
        entry = load(record)
        if entry is None:
            found.append(("", [other(line, NOT_JSON)]))
        elif "$rewindTo" in entry:
            _rewind(found, places, text(entry["$rewindTo"]))
        elif isinstance(context := mapping(entry.get("$set")).get("messages", entry.get("messages")), list):
            for each in context:
                if isinstance(each, dict) and text(each.get("id")) not in places:
                    _put(found, places, line, each)
        elif "$set" not in entry and not _is_header(entry):
            _put(found, places, line, entry)
    for _, each in found:
        yield from each


def _put(found: list[tuple[str, list[Event]]], places: dict[str, int], line: int, entry: dict[str, Any]) -> None:
    own = text(entry.get("id"))
    if own in places:
        found[places[own]] = ("", [])
    if own:
        places[own] = len(found)
    found.append((own, list(_message(line, entry))))


def _rewind(found: list[tuple[str, list[Event]]], places: dict[str, int], to: str) -> None:
    start = places.get(to, 0)
    for index in range(start, len(found)):
        own, said = found[index]
        found[index] = (own, [each._replace(is_active=False) for each in said])
        places.pop(own, None)


def _is_header(entry: dict[str, Any]) -> bool:
    return "type" not in entry and "role" not in entry and bool(_HEADER & set(entry))


def _message(line: int, entry: dict[str, Any]) -> Iterable[Event]:
    kind = entry.get("type", entry.get("role"))
    at = stamp(entry.get("timestamp", entry.get("ts")))
    plain = Event(USER, line, at, text(entry.get("id")), model=text(entry.get("model")))
    said = words(entry.get("content", entry.get("parts")))
    if kind in _MODELS:
        yield from _answer(plain, entry, said)
    elif kind in _USERS:
        if said:
            yield plain._replace(text=said)
    elif kind in _FAILURES:
        yield plain._replace(kind=ERROR, text=said, is_error=True)
    elif kind not in _NOTES:
        yield other(line, kind, at)


def _answer(plain: Event, entry: dict[str, Any], said: str) -> Iterator[Event]:
    for each in items(entry.get("thoughts")):
        thought = mapping(each)
        parts = [text(thought.get("subject")), text(thought.get("description"))]
        if any(parts):
            at = stamp(thought.get("timestamp")) or plain.at
            yield plain._replace(kind=THINKING, at=at, text="\n".join(part for part in parts if part))
    if said:
        yield plain._replace(kind=ASSISTANT, text=said)
    for each in items(entry.get("toolCalls")):
        if isinstance(each, dict):
            yield from _tool(plain, each)
    tokens = mapping(entry.get("tokens"))
    cached, taken = whole(tokens.get("cached")) or 0, whole(tokens.get("input")) or 0
    thought_of, written = whole(tokens.get("thoughts")) or 0, whole(tokens.get("output")) or 0
    usage = counts(
        input=taken - cached if 0 < cached <= taken else taken,
        cache_read=cached,
        output=written + thought_of,
        reasoning=thought_of,
    )
    if usage:
        yield plain._replace(kind=USAGE, usage=usage)


def _tool(plain: Event, call: dict[str, Any]) -> Iterator[Event]:
    given = arguments(call.get("args"))
    at = stamp(call.get("timestamp")) or plain.at
    tool = plain._replace(kind=CALL, at=at, tool=text(call.get("name")), call=text(call.get("id")))
    yield tool._replace(input=given, files=touched.files(given))
    status = call.get("status")
    if "result" not in call and status not in ("success", "error", "cancelled"):
        return
    answers = [mapping(mapping(mapping(each).get("functionResponse")).get("response"))
               for each in items(call.get("result"))]  # fmt: skip
    failure = next((said for each in answers if (said := first(each, "error"))), "")
    said = "\n".join(found for each in answers if (found := first(each, "output", "content"))) or failure
    if not said:
        said = text(call.get("resultDisplay"))
    left = _EXIT.findall(said[-_TAIL:])
    code = int(left[-1]) if left else None
    has_failed = status in ("error", "cancelled") or bool(failure) or bool(code)
    yield tool._replace(kind=RESULT, model="", text=said, exit_status=code, is_error=has_failed)


_HEADER = {"sessionId", "projectHash", "startTime", "lastUpdated", "start_time", "summary", "kind", "meta"}
