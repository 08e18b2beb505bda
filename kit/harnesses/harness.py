"""What every harness offers: find its sessions, read what is new of one, and tell what happened in it.

A harness is a module with `name`, `find`, `read` and `events`; `kit.harnesses.HARNESSES` lists them. What a database
or a single JSON document holds is read as one JSON record a row or message, so that a mirrored session is always JSONL.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kit.harnesses.event import Event

# The longest record that is ever held in memory; a longer one is passed over and said to be.
MAX_RECORD = 16 << 20
LEFT_OUT = "kit.left-out"
TRUNCATED, REPLACED, ROTATED = "truncated", "replaced", "rotated"


class Source(NamedTuple):
    """One session as it lies on this machine.

    `session` is an id (a slug) that is unique within the harness. `size` is that of the file in bytes, as it lies there
    when it is compressed; for a session in a database it is the number of its rows. `modified` is in seconds since
    1970. `cwd` is "" where the harness tells none.
    `parent` is the session whose sub-agent this is, "" for a session of its own.
    """

    harness: str
    session: str
    path: Path
    size: int
    modified: float
    cwd: str = ""
    parent: str = ""


class Chunk(NamedTuple):
    """What one read brought.

    `records` are whole records without their line ends; `cursor` is given to the next read and is at most 4 kB.
    `start` and `end` are the range that was read, in bytes or in rows, and `checksum` the SHA-256 of just that.
    `notice` says what happened to the source since the cursor: "", "truncated", "replaced" or "rotated"; but for ""
    the source was read anew from its beginning. With `is_end` there is nothing more to read now. `bad` counts
    the records that are not a JSON object; they are among `records` as they are.
    """

    records: list[bytes]
    cursor: str
    start: int
    end: int
    checksum: str
    notice: str = ""
    is_end: bool = True
    bad: int = 0


class Places(NamedTuple):
    """Where to look: the home directory and the environment, as the edge has read them."""

    home: Path
    environment: Mapping[str, str]

    def folder(self, variable: str, default: str) -> Path:
        """Returns the folder that an environment variable names, else `default` below the home directory."""
        named = self.environment.get(variable, "")
        return Path(named) if named else self.home / default


class Harness(Protocol):
    """The contract; tests/harnesses/test_contract.py holds every harness to it."""

    name: str

    def find(self, places: Places, *, project: Path | None) -> list[Source]:
        """Returns the sessions on this machine, newest first: those of a project, or all with None.

        Raises InvalidInput or TimedOut for a database that is there and cannot be read.
        """

    def read(self, source: Source, cursor: str, *, limit: int) -> Chunk:
        """Returns what is new since `cursor` ("" for the beginning), about `limit` bytes at most.

        One record may exceed the limit, up to MAX_RECORD; a longer one stands as a small record that says so. A torn
        last line waits for its end. Raises NotFound when the source is gone, InvalidInput for a cursor that is
        none, or for a compressed source that cannot be unpacked.
        """

    def events(self, records: Iterable[tuple[int, bytes]]) -> Iterator[Event]:
        """Yields what happened, from (line number, record) pairs, original or redacted; raises for no content."""


def left_out(count: int, why: str) -> bytes:
    """Returns the record that stands for `count` bytes which were not taken."""
    return json.dumps({"type": LEFT_OUT, "bytes": count, "why": why}, separators=(",", ":")).encode()
