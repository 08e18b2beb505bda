"""Reads a session that is one JSON document, written anew at every change: its messages are the records.

The cursor holds how many messages were taken and a digest of them; that of the last one stands apart, because a
harness completes the message it is at, which is then read again. Any other change to what was taken means that the
source was replaced.
"""

from __future__ import annotations

import json
import os
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.harnesses.appended import head, kept, no_cursor, opened
from kit.harnesses.harness import MAX_RECORD, REPLACED, TRUNCATED, Chunk, left_out
from kit.harnesses.record import dump, load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MAX_DOCUMENT = 4 * MAX_RECORD
LISTS = ("messages", "history", "steps")
_HEAD = 64 << 10


class _Taken(NamedTuple):
    """A cursor: the digests are of all messages taken but the last, of the last, and of the rest of the document."""

    messages: int = 0
    before: str = ""
    last: str = ""
    header: str = ""
    is_over: bool = False


def is_whole(path: Path) -> bool:
    """Says whether a file is one document, not a record a line."""
    if path.suffix != ".json":
        return False
    found = load(head(path, _HEAD).split(b"\n", 1)[0])
    return found is None or any(isinstance(found.get(each), list) for each in LISTS)


def read(path: Path, cursor: str, *, limit: int, renewed: Callable[[dict[str, Any]], dict[str, Any]]) -> Chunk:
    """Returns the messages since `cursor` as records, after one for the rest of the document where that is new.

    `renewed` makes the record of a rest that has changed. A document that is no JSON now is taken to be half
    written: nothing is read of it, and one bad record counted. One above MAX_DOCUMENT is said to be left out.
    """
    taken = _taken(cursor)
    with opened(path) as handle:
        data = handle.read(min(os.fstat(handle.fileno()).st_size, MAX_DOCUMENT) + 1)
    if len(data) > MAX_DOCUMENT:
        said = [left_out(path.stat().st_size, f"a document longer than {MAX_DOCUMENT} bytes")]
        return _chunk([] if taken and taken.is_over else said, 0, _Taken(is_over=True))
    document = load(data)
    if document is None:
        return Chunk([], cursor, 0, 0, sha256().hexdigest(), bad=1)
    named = next((each for each in LISTS if isinstance(document.get(each), list)), "")
    messages = [_record(each) for each in document.pop(named, [])]
    notice = REPLACED if taken is None else _notice(taken, messages)
    if taken is None or notice:
        taken = _Taken()
    return _new(taken, document, messages, limit, renewed)._replace(notice=notice)


def _new(
    taken: _Taken,
    rest: dict[str, Any],
    messages: list[bytes],
    limit: int,
    renewed: Callable[[dict[str, Any]], dict[str, Any]],
) -> Chunk:
    start = taken.messages
    if start and _digest(messages[start - 1]) != taken.last:
        start -= 1
    header = _record(rest)
    records: list[bytes] = []
    if not taken.header:
        records.append(header)
    elif start < len(messages) and taken.header != _digest(header):
        records.append(_record(renewed(rest)))
    at, size = start, 0
    while at < len(messages) and (at == start or size + len(messages[at]) <= limit):
        size += len(messages[at])
        at += 1
    after = _Taken(at, _chain(messages[: at - 1]), _digest(messages[at - 1]), taken.header) if at else taken
    if records:
        after = after._replace(header=_digest(header))
    records += messages[start:at]
    bad = sum(load(each) is None for each in messages[start:at])
    return _chunk(records, start, after)._replace(is_end=at == len(messages), bad=bad)


def _notice(taken: _Taken, messages: list[bytes]) -> str:
    if len(messages) < taken.messages:
        return TRUNCATED
    return REPLACED if taken.messages and _chain(messages[: taken.messages - 1]) != taken.before else ""


def _chunk(records: list[bytes], start: int, after: _Taken) -> Chunk:
    cursor = json.dumps(after._asdict(), separators=(",", ":"))
    return Chunk(records, cursor, start, after.messages, sha256(b"\n".join(records)).hexdigest())


def _taken(cursor: str) -> _Taken | None:
    """Returns what a cursor says, None for one that is of another kind of source."""
    if not cursor:
        return _Taken()
    found = kept(cursor)
    if set(found) != set(_Taken._fields):
        return None
    taken = _Taken(**found)
    if type(taken.messages) is not int or taken.messages < 0:
        raise no_cursor()
    return taken


def _record(value: object) -> bytes:
    """Returns a value as one record; what is nested too deep, or longer than a record may be, is left out and said."""
    try:
        record = dump(value)
    except RecursionError:
        return left_out(0, "a message nested too deep")
    return record if len(record) <= MAX_RECORD else left_out(len(record), f"a record longer than {MAX_RECORD} bytes")


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()[:32]


def _chain(messages: list[bytes]) -> str:
    return _digest(b"".join(sha256(each).digest() for each in messages))
