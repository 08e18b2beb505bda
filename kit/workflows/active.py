"""Reads the session that runs here from where its harness keeps it; nothing is mirrored, nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.harnesses import HARNESSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kit.harnesses.event import Event
    from kit.harnesses.harness import Source

MAX_READ = 200_000_000  # bytes: of a longer one, what follows is not looked at
_CHUNK = 8_000_000


def events(source: Source) -> Iterator[Event]:
    """Yields what happened in a session; its lines count from 1, as they will when it is mirrored whole."""
    harness = HARNESSES[source.harness]
    return harness.events(_records(source))


def _records(source: Source) -> Iterator[tuple[int, bytes]]:
    harness = HARNESSES[source.harness]
    cursor, line, size = "", 0, 0
    while size < MAX_READ:
        chunk = harness.read(source, cursor, limit=_CHUNK)
        for data in chunk.records:
            line += 1
            size += len(data)
            yield line, data
        if chunk.is_end or chunk.cursor == cursor:
            return
        cursor = chunk.cursor
