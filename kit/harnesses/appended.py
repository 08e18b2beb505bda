"""Reads a file that a harness appends records to, one JSON object a line, from where the last read ended.

The cursor carries digests of the first and of the last 4 kB before it: a file that shrank or was written anew is
noticed by them. A change in between that leaves both as they were is not.
"""

from __future__ import annotations

import json
import os
import stat
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from kit.errors import InvalidInput, NotFound
from kit.harnesses import packed
from kit.harnesses.harness import MAX_RECORD, REPLACED, ROTATED, TRUNCATED, Chunk, left_out
from kit.harnesses.record import items, load

if TYPE_CHECKING:
    from typing import BinaryIO

_SPAN = 4096
_PIECE = 1 << 20
_MAX_ENTRIES = 10_000


class _Stream(Protocol):
    def read(self, count: int, /) -> bytes: ...


class _Place(NamedTuple):
    """A cursor.

    `over` bytes of a record too long have been passed over; `node` and `still` tell the file by its inode, size and
    time; `is_capped` says that what was left of a compressed file has been said to be left out.
    """

    at: int = 0
    over: int = 0
    head: str = ""
    tail: str = ""
    node: tuple[int, ...] = ()
    still: tuple[int, ...] = ()
    is_capped: bool = False


class _Stretch(NamedTuple):
    """Bytes that were read through: the first and the last of them."""

    first: bytes = b""
    last: bytes = b""

    def and_then(self, data: bytes) -> _Stretch:
        first = self.first if len(self.first) >= _SPAN else (self.first + data[:_SPAN])[:_SPAN]
        return _Stretch(first, data[-_SPAN:] if len(data) >= _SPAN else (self.last + data)[-_SPAN:])


def read(path: Path, cursor: str, *, limit: int) -> Chunk:
    """Returns what was appended since `cursor`, as `Harness.read` promises; a zstd file is unpacked on the way."""
    place = _place(cursor)
    with opened(path) as handle:
        facts = os.fstat(handle.fileno())
        node, still = (facts.st_dev, facts.st_ino), (facts.st_size, facts.st_mtime_ns)
        is_packed = handle.read(4) == packed.MAGIC
        most = limit if is_packed else min(limit, facts.st_size)  # what is asked for is taken of memory at once
        if is_packed and still == place.still and node == place.node:
            return Chunk([], cursor, place.at, place.at, sha256().hexdigest())
        stream, before = _sought(handle, place, is_packed=is_packed) if place.at >= 0 else (handle, None)
        if before is not None:
            return _taken(stream, place._replace(node=node, still=still), before, most)
        notice = TRUNCATED if node == place.node and facts.st_size < place.at and not is_packed else REPLACED
        if notice == REPLACED and node != place.node and (moved := _moved(path, place)):
            rest = _rest(moved, place, limit)
            if rest:
                return rest
            notice = ROTATED
        anew = _Place(node=node, still=still)
        stream, _ = _sought(handle, anew, is_packed=is_packed)
        return _taken(stream, anew, _Stretch(), most)._replace(notice=notice)


def head(path: Path, count: int) -> bytes:
    """Returns the first bytes of a file, unpacked where it is compressed; b"" when it cannot be read."""
    try:
        with opened(path) as handle:
            is_packed = handle.read(4) == packed.MAGIC
            handle.seek(0)
            return packed.Unpacked(handle).read(count) if is_packed else handle.read(count)
    except (OSError, NotFound, InvalidInput):
        return b""


def opened(path: Path) -> BinaryIO:
    """Opens a regular file; anything else, a pipe for one, could keep whoever opens it waiting for ever."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        raise NotFound(f"the transcript {path} is gone", value=str(path)) from None
    except OSError as failed:
        raise InvalidInput(f"the transcript {path} cannot be read: {failed.strerror}", value=str(path)) from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise InvalidInput(f"the transcript {path} is not a file", value=str(path))
    return os.fdopen(handle, "rb")


def _sought(handle: BinaryIO, place: _Place, *, is_packed: bool) -> tuple[_Stream, _Stretch | None]:
    """Returns the stream at the cursor's place and what stands before, None when that is not what stood there."""
    handle.seek(0)
    if is_packed:
        stream: _Stream = packed.Unpacked(handle)
        before, left = _Stretch(), place.at
        while left and (piece := stream.read(min(left, _PIECE))):
            before, left = before.and_then(piece), left - len(piece)
    else:
        stream = handle
        first = handle.read(min(place.at, _SPAN))
        handle.seek(max(0, place.at - _SPAN))
        before = _Stretch(first, handle.read(min(place.at, _SPAN)))
        left = place.at - handle.tell()
    stands = not left and (not place.at or (_digest(before.first), _digest(before.last)) == (place.head, place.tail))
    return stream, before if stands else None


def _taken(stream: _Stream, place: _Place, before: _Stretch, limit: int, *, is_final: bool = False) -> Chunk:
    """Reads on from the cursor's place; with `is_final` the file ends here for good, and so does its last line."""
    if place.over:
        return _passed(stream, place, before, b"", is_final=is_final)
    data = stream.read(max(limit, 1))
    cut = data.rfind(b"\n") + 1
    more = b"" if cut else data
    while more and not cut and len(data) <= MAX_RECORD:  # one record alone may be longer than the limit
        more = stream.read(_PIECE)
        data += more
        cut = data.find(b"\n", len(data) - len(more)) + 1
    if not cut and len(data) > MAX_RECORD:
        return _passed(stream, place, before, data, is_final=is_final)
    rest = data[cut:]
    ahead = stream.read(1) or b"\n" in rest or len(rest) > MAX_RECORD
    is_damaged = getattr(stream, "is_damaged", False)
    if rest and not ahead and (is_final or (rest.rstrip()[-1:] == b"}" and load(rest) is not None)):
        cut = len(data)  # an object without its line end is whole: no beginning of one is an object too
    records, bad = _records(data[:cut])
    is_capped = getattr(stream, "is_capped", False)
    if is_capped and not place.is_capped and not ahead:
        records.append(left_out(0, f"all beyond {packed.MAX_UNPACKED} unpacked bytes"))
    if not cut and not records and is_damaged:
        raise InvalidInput("the transcript is damaged: it cannot be unpacked any further", code="damaged")
    after = place._replace(
        at=place.at + cut,
        is_capped=place.is_capped or (is_capped and not ahead),
        still=() if ahead or is_damaged else place.still,
    )
    return _chunk(records, place, after, before.and_then(data[:cut]), data[:cut])._replace(
        is_end=not ahead and not is_damaged, bad=bad
    )


def _passed(stream: _Stream, place: _Place, before: _Stretch, data: bytes, *, is_final: bool) -> Chunk:
    """Passes over a record that is too long, in pieces, to its end or as far as there is any."""
    hashed, over, start = sha256(), place.over, place.at
    piece = data or stream.read(_PIECE)
    while piece:
        cut = piece.find(b"\n") + 1
        taken = piece[:cut] if cut else piece
        hashed.update(taken)
        before, over = before.and_then(taken), over + len(taken)
        if cut:
            break
        piece = stream.read(_PIECE)
    is_done = bool(piece) or is_final or getattr(stream, "is_capped", False)
    count = over - 1 if piece else over
    records = [left_out(count, f"a record longer than {MAX_RECORD} bytes")] if is_done else []
    at, still = start + over - place.over, () if piece else place.still
    after = place._replace(at=at, over=0 if is_done else over, still=still)
    return _chunk(records, place, after, before, b"")._replace(checksum=hashed.hexdigest(), is_end=not piece)


def _records(data: bytes) -> tuple[list[bytes], int]:
    """Returns the lines of some bytes that hold anything, and how many of them are not a JSON object."""
    records: list[bytes] = []
    bad = 0
    for line in data.split(b"\n"):
        record = line.removesuffix(b"\r")
        if not record or record.isspace():
            continue
        if len(record) > MAX_RECORD:
            record = left_out(len(record), f"a record longer than {MAX_RECORD} bytes")
        elif load(record) is None:
            bad += 1
        records.append(record)
    return records, bad


def _chunk(records: list[bytes], place: _Place, after: _Place, stretch: _Stretch, data: bytes) -> Chunk:
    after = after._replace(head=_digest(stretch.first), tail=_digest(stretch.last))
    cursor = json.dumps(after._asdict(), separators=(",", ":"))
    return Chunk(records, cursor, place.at, after.at, sha256(data).hexdigest())


def _moved(path: Path, place: _Place) -> Path | None:
    """Returns where the file that the cursor is of lies now, beside its old place."""
    device = path.stat().st_dev
    with os.scandir(path.parent) as entries:
        for entry, _ in zip(entries, range(_MAX_ENTRIES), strict=False):
            if (device, entry.inode()) == place.node and entry.is_file(follow_symlinks=False):
                return Path(entry.path)
    return None


def _rest(moved: Path, place: _Place, limit: int) -> Chunk | None:
    """Returns what is still to be read of a file that was moved away, None when that is nothing."""
    with opened(moved) as handle:
        stream, before = _sought(handle, place, is_packed=False)
        if before is None:
            return None
        chunk = _taken(stream, place, before, min(limit, moved.stat().st_size), is_final=True)
        return chunk._replace(is_end=False) if chunk.records or chunk.end > place.at else None


def _place(cursor: str) -> _Place:
    if not cursor:
        return _Place()
    found = kept(cursor)
    if set(found) != set(_Place._fields):
        return _Place(at=-1)  # of the source as it was: one document, or rows of a database
    place = _Place(**{**found, "node": tuple(items(found["node"])), "still": tuple(items(found["still"]))})
    numbers = (place.at, place.over, *place.node, *place.still)
    if any(type(each) is not int for each in numbers) or not 0 <= place.over <= place.at:
        raise no_cursor()
    return place


def kept(cursor: str) -> dict[str, Any]:
    """Returns what a cursor holds. Raises InvalidInput when it is none."""
    found = load(cursor.encode("utf-8", "replace"))
    if found is None:
        raise no_cursor()
    return found


def no_cursor() -> InvalidInput:
    return InvalidInput("the cursor is not one of this source", hint="read it anew from the beginning", code="cursor")


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()[:32]
