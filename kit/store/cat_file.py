"""Reads objects of a repository through one `git cat-file` that stays open for as long as they are asked for."""

from __future__ import annotations

import contextlib
import os
import select
import weakref
from typing import IO, TYPE_CHECKING, NamedTuple

from kit.errors import InvalidInput, TimedOut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from subprocess import Popen

    from kit.store.git import Git

SECONDS = 120.0
#: Names that are asked for before the first answer is read: they fit into any pipe, so that no side waits for ever.
_AT_ONCE = 64
_LONGEST = 64
_PIECE = 1 << 16
_SMALL = 4096
_FEW = 50


class Found(NamedTuple):
    """An object: its kind (`commit`, `tree`, `blob`, `tag`), and its bytes, None where they were too many."""

    kind: str
    data: bytes | None


class CatFile:
    """The object store of one repository, to read from; the process ends with this value, at the latest with kit."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._process: Popen[bytes] | None = None
        self._buffer = bytearray()
        # A few small files that were read last: who adds to a thread asks for its record each time.
        self._known: dict[str, Found] = {}

    def read(self, oid: str, *, limit: int) -> Found | None:
        """Returns an object, without its bytes beyond `limit` of them; None when it is missing or damaged.

        Raises TimedOut.
        """
        if not (oid.isascii() and oid.isalnum()):
            return None
        if oid in self._known and limit >= _SMALL:
            return self._known[oid]
        pipe = self._started()
        try:
            pipe.write(f"{oid}\n".encode())
            pipe.flush()
            found = self._answer(oid.encode(), limit)
        except BaseException as error:
            self.close()  # the next answer would be to this question
            if isinstance(error, EOFError | OSError):  # git ends at a damaged object
                return None
            raise
        if found and found.kind == "blob" and found.data is not None and len(found.data) <= _SMALL:
            if len(self._known) >= _FEW:
                self._known.clear()
            self._known[oid] = found
        return found

    def expect(self, oid: str, kind: str, *, limit: int) -> bytes:
        """Returns the bytes of an object of a kind. Raises InvalidInput when it is missing, another, or too large."""
        found = self.read(oid, limit=limit)
        if found is None or found.kind != kind:
            raise InvalidInput(f"{kind} {oid[:12]} is missing", hint="run kit sync, then git fsck", code="missing")
        if found.data is None:
            raise damaged(oid, f"it has more than {limit} bytes")
        return found.data

    def read_all(self, oids: Sequence[str], *, limit: int) -> Iterator[Found | None]:
        """Yields what `read` returns for each of many objects, several times as fast; read it to its end."""
        at = 0
        while at < len(oids):
            asked = oids[at : at + _AT_ONCE]
            answers = self._together(asked, limit) if len(asked) > 1 else None
            # Where one is damaged git ends, and which one it was is found by asking one by one.
            yield from (self.read(oid, limit=limit) for oid in asked) if answers is None else answers
            at += len(asked)

    def _together(self, oids: Sequence[str], limit: int) -> list[Found | None] | None:
        """Returns the answers to questions that are put all at once, None when git did not answer each."""
        if not all(oid.isascii() and oid.isalnum() and len(oid) <= _LONGEST for oid in oids):
            return None
        pipe = self._started()
        try:
            pipe.write("".join(f"{oid}\n" for oid in oids).encode())
            pipe.flush()
            return [self._answer(oid.encode(), limit) for oid in oids]
        except BaseException as error:
            self.close()
            if isinstance(error, EOFError | OSError):
                return None
            raise

    def close(self) -> None:
        """Ends the process; the next question starts another."""
        if self._process is not None:
            self._end()
        self._process = None
        self._buffer.clear()

    def _started(self) -> IO[bytes]:
        """Returns the pipe that questions are written to."""
        if self._process is None:
            self._process = self._git.start("cat-file", "--batch")
            self._end = weakref.finalize(self, _end, self._process)
        assert self._process.stdin  # noqa: S101 - it was started with pipes
        return self._process.stdin

    def _answer(self, oid: bytes, limit: int) -> Found | None:
        """Reads one answer (git-cat-file, BATCH OUTPUT). Raises EOFError when git has ended."""
        words = self._line().split(b" ")
        if len(words) != 3 or words[0] != oid:
            return None  # `<name> missing`; or another name: that was an abbreviation
        size = int(words[2])
        data = self._take(size, is_kept=size <= limit)
        self._take(1, is_kept=False)
        return Found(words[1].decode(), data)

    def _line(self) -> bytes:
        while (end := self._buffer.find(b"\n")) < 0:
            self._fill()
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line

    def _take(self, size: int, *, is_kept: bool) -> bytes | None:
        kept = bytearray()
        while size:
            if not self._buffer:
                self._fill()
            piece = self._buffer[:size]
            del self._buffer[:size]
            size -= len(piece)
            if is_kept:
                kept += piece
        return bytes(kept) if is_kept else None

    def _fill(self) -> None:
        assert self._process  # noqa: S101 - a question was asked
        assert self._process.stdout  # noqa: S101
        pipe = self._process.stdout.fileno()
        if hasattr(select, "poll"):  # not on Windows
            watch = select.poll()
            watch.register(pipe, select.POLLIN)
            if not watch.poll(SECONDS * 1000):
                raise TimedOut(f"git cat-file did not answer within {SECONDS:g} s", hint="run git fsck")
        piece = os.read(pipe, _PIECE)
        if not piece:
            raise EOFError
        self._buffer += piece


def _end(process: Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with contextlib.suppress(OSError):
                pipe.close()
    process.kill()
    process.wait()


def damaged(oid: str, reason: str) -> InvalidInput:
    """Returns the error that an object cannot be used as what it must be."""
    return InvalidInput(
        f"object {oid[:12]} is missing or damaged: {reason}", hint="run kit sync, then git fsck", code="missing"
    )
