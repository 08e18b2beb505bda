"""The parts at the end of a session while more is added: which are joined, so that few stand and little is copied.

A part that is at most twice as large as all that follows it is joined with that, up to the limit of a part. So there
are about log(n) small ones, each byte is written a few times however many appends it comes in, and what a compressor
gains over one large file is kept (docs/sessions.md has the figures).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.sessions import slice  # noqa: A004 - it is what a part is
from kit.sessions.record import CROWDED, Part, part_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.store.objects import Blob, Objects

#: How many times as large as what follows it a part may be to be joined with it.
FACTOR = 2


class Tail:
    """Takes redacted records, read by read, and cuts them into parts; it holds the bytes of one part at most.

    A read is never split, so the source range and the checksum of a part are exact.
    """

    def __init__(self, objects: Objects, parts: Sequence[Part], *, folder: str, limit: int, seed: str) -> None:
        self.parts = list(parts)
        self.edit: dict[str, Blob | None] = {}
        self._objects = objects
        self._folder = folder
        self._limit = limit
        self._seed = seed
        self._open: Part | None = None
        self._lines: list[bytes] = []

    @property
    def lines(self) -> int:
        """How many lines the session has with what was added."""
        return sum(part.lines for part in self.parts) + len(self._lines)

    def add(
        self,
        records: Sequence[bytes],
        *,
        span: tuple[int, int],
        checksum: str,
        source: int,
        redacted: Mapping[str, int],
    ) -> int:
        """Adds the records of one read, without their line ends, and returns how many bytes they are.

        `span` is the range of the source that was read.
        """
        size = sum(map(len, records)) + len(records)
        read = Part("", len(records), size, *span, checksum, source, dict(redacted))
        if self._open and (self._open.bytes + size > self._limit or self._open.source != source):
            self._close()
        self._open = self._open.joined(read) if self._open else read
        self._lines += records
        return size

    def finish(self, standing: Mapping[str, Blob]) -> None:
        """Closes the last part and joins what is small; `standing` has the parts that were there before, by path."""
        if self._open is None:
            return
        first = _first_to_join([*self.parts, self._open], self._limit)
        pieces = []
        for part in self.parts[first:]:
            path = f"{self._folder}/{part.name}"
            pieces.append(slice.content(self._objects.blob((self.edit.get(path) or standing[path]).oid)))
            self.edit.pop(path, None)
            if path in standing:
                self.edit[path] = None
        for part in reversed(self.parts[first:]):
            self._open = part.joined(self._open)
        del self.parts[first:]
        self._close(b"".join(pieces))

    def _close(self, before: bytes = b"") -> None:
        if self._open:
            name = part_name(len(self.parts) + 1)
            self.parts.append(self._open._replace(name=name))
            data = before + b"\n".join([*self._lines, b""])
            self.edit[f"{self._folder}/{name}"] = self._objects.add(slice.dump(data, self._seed))
        self._open, self._lines = None, []


def _first_to_join(parts: Sequence[Part], limit: int) -> int:
    """Returns the index of the first part of those at the end that are to be one."""
    first = len(parts) - 1
    total = parts[first].bytes if parts else 0
    is_crowded = len(parts) > CROWDED
    while first > 0:
        before = parts[first - 1]
        is_small = before.bytes <= FACTOR * total and before.source == parts[first].source
        if before.bytes + total > limit or not (is_small or is_crowded):
            break
        first -= 1
        total += before.bytes
    return first
