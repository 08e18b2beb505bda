"""Redacts what is too large to be held: text in overlapping pieces, JSON Lines record by record.

Memory stays bounded whatever comes: a record longer than `MAX_RECORD` is read as text in pieces, and says so.
"""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from kit.safety.redactor import Mark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kit.safety.redactor import Redactor

MAX_RECORD = 16_000_000  # bytes
_PIECE = 1 << 20  # bytes read at once
_AFTER = 20_000  # characters held back: a key block may end there
_BEFORE = 2_000  # characters before a piece that are looked at again: what a value is called may stand there
_HEAD = 1 << 16
_BATCH = 1 << 18  # bytes of records that are redacted at once
_MARKER = re.compile(rb"\[REDACTED:([a-z0-9-]{1,40})\]")

TEXT = "text"
JSONL = "jsonl"


class Part(NamedTuple):
    """Redacted bytes, and line and kind of what was found in them; "" for a home folder in a text."""

    data: bytes
    found: list[tuple[int, str]]


def head_of(file: BinaryIO) -> bytes:
    """Returns the first line of a file, or as much of it as tells its form."""
    return file.readline(_HEAD)


def form_of(head: bytes) -> str:
    """Returns `jsonl` for what begins with a line that is a JSON object, else `text`."""
    if not head.startswith(b"{"):
        return TEXT
    if not head.endswith(b"\n") and len(head) >= _HEAD:
        return JSONL  # a first record that goes beyond what was looked at
    try:
        return JSONL if isinstance(json.loads(head), dict) else TEXT
    except (ValueError, RecursionError):
        return TEXT


def parts(head: bytes, file: BinaryIO, redactor: Redactor, *, form: str) -> Iterator[Part]:
    """Yields the redacted parts of `head` and what follows it in the file, in their order."""
    if form == TEXT:
        yield from _text(_pieces(head, file), redactor, line=1)
        return
    line, batch, size = 1, list[bytes](), 0
    for record in _records(head, file):
        if isinstance(record, bytes):
            batch.append(record)
            size += len(record)
            if size < _BATCH:
                continue
        yield _batch(batch, redactor, line)
        line, batch, size = line + len(batch), [], 0
        if not isinstance(record, bytes):
            yield from _text(record, redactor, line=line)
            line += 1
    yield _batch(batch, redactor, line)


def _pieces(head: bytes, file: BinaryIO) -> Iterator[bytes]:
    yield head
    while piece := file.read(_PIECE):
        yield piece


def _records(head: bytes, file: BinaryIO) -> Iterator[bytes | Iterator[bytes]]:
    """Yields each record with its line end; one that is too long as the pieces it is made of."""
    line = head
    while line:
        if not line.endswith(b"\n"):
            line += file.readline(MAX_RECORD - len(line))
        if line.endswith(b"\n") or len(line) < MAX_RECORD:
            yield line
        else:
            yield _long(line, file)
        line = file.readline(MAX_RECORD)


def _long(line: bytes, file: BinaryIO) -> Iterator[bytes]:
    yield line
    while piece := file.readline(_PIECE):
        yield piece
        if piece.endswith(b"\n"):
            return


def _batch(records: list[bytes], redactor: Redactor, line: int) -> Part:
    """Redacts records, the first of which stands in `line`; each keeps its line end."""
    bodies = [record.rstrip(b"\r\n") for record in records]
    done: list[bytes] = []
    found: list[tuple[int, str]] = []
    for number, (record, body, clean) in enumerate(zip(records, bodies, redactor.records(bodies), strict=True), line):
        if clean is body:
            done.append(record)
            continue
        done.append(clean + record[len(body) :])
        kinds = Counter(_MARKER.findall(clean)) - Counter(_MARKER.findall(body))
        found += [(number, kind.decode()) for kind in kinds.elements()]
    return Part(b"".join(done), found)


def _text(pieces: Iterator[bytes], redactor: Redactor, *, line: int) -> Iterator[Part]:
    decode = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode
    before, held = "", ""
    for piece in pieces:
        for at in range(0, len(piece), _PIECE):
            held += decode(piece[at : at + _PIECE])
            if len(held) > _PIECE // 2:
                part, before, held, line = _cut(redactor, before, held, line, _AFTER)
                yield part
    held += decode(b"", True)
    if held:
        yield _cut(redactor, before, held, line, 0)[0]


def _cut(redactor: Redactor, before: str, held: str, line: int, after: int) -> tuple[Part, str, str, int]:
    """Redacts what can be judged already; returns it, the text before the rest, the rest, and the line it begins in."""
    begin, whole = len(before), before + held
    marks = [mark for mark in redactor.marks(whole) if mark.end > begin]
    end = len(whole) - after
    if after:
        end = whole.rfind("\n", begin, end) + 1 or end
        for mark in reversed(marks):
            if mark.start < end < mark.end:
                end = mark.start if mark.start > begin else mark.end
    now = [Mark(max(mark.start, begin) - begin, mark.end - begin, mark.kind) for mark in marks if mark.end <= end]
    done = whole[begin:end]
    found = list(_lines(done, now, line))
    clean = redactor.replaced(done, now) if now else done
    # A marker can be the boundary that a secret beside it lacked: look until all is quiet.
    while now and (now := redactor.marks(clean)):
        found += _lines(clean, now, line)
        clean = redactor.replaced(clean, now)
    part = Part(clean.encode("utf-8", "surrogateescape"), found)
    return part, whole[max(0, end - _BEFORE) : end], whole[end:], line + done.count("\n")


def _lines(text: str, marks: list[Mark], line: int) -> Iterator[tuple[int, str]]:
    last = 0
    for mark in marks:
        line += text.count("\n", last, mark.start)
        last = mark.start
        yield line, mark.kind
