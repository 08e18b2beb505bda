"""Reads objects of a repository through one `git cat-file` that stays open for as long as they are asked for."""

from __future__ import annotations

import contextlib
import os
import select
import weakref
from typing import TYPE_CHECKING, NamedTuple

from kit.errors import TimedOut

if TYPE_CHECKING:
    from subprocess import Popen

    from kit.store.git import Git

SECONDS = 120.0
_PIECE = 1 << 16


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

    def read(self, oid: str, *, limit: int) -> Found | None:
        """Returns an object, without its bytes beyond `limit` of them; None when it is missing or damaged.

        Raises TimedOut.
        """
        if not (oid.isascii() and oid.isalnum()):
            return None
        if self._process is None:
            self._process = self._git.start("cat-file", "--batch")
            self._end = weakref.finalize(self, _end, self._process)
        assert self._process.stdin  # noqa: S101 - it was started with pipes
        try:
            self._process.stdin.write(f"{oid}\n".encode())
            self._process.stdin.flush()
            return self._answer(oid.encode(), limit)
        except BaseException as error:
            self.close()  # the next answer would be to this question
            if isinstance(error, EOFError | OSError):  # git ends at a damaged object
                return None
            raise

    def close(self) -> None:
        """Ends the process; the next question starts another."""
        if self._process is not None:
            self._end()
        self._process = None
        self._buffer.clear()

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
