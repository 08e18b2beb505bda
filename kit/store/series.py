"""Many commits by one process: refs are moved by one `git update-ref` that stays open, the disk is asked now and then.

Each commit outlives this process as soon as it is made. A loss of power is outlived by what was made before the last
`settle`, which comes by itself every EVERY commits, and is due at the end.
"""

from __future__ import annotations

import contextlib
import weakref
from typing import TYPE_CHECKING

from kit.store import packing

if TYPE_CHECKING:
    from subprocess import Popen

    from kit.store.repository import Repository

EVERY = 200


class Series:
    """One process's run of commits to refs of one repository."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._process: Popen[bytes] | None = None
        self._made: dict[str, str] = {}
        self._settled: dict[str, str] = {}
        self._count = 0

    def swap(self, name: str, old: str, new: str) -> bool:
        """Moves a ref (full name) from `old`, "" for none, to `new`; False when git would not: nothing has moved then.

        Why it would not is for `move.here` to find out.
        """
        if self._process is None:
            self._process = self._repository.git.start("update-ref", "--no-deref", "--stdin", "-z")
            self._end = weakref.finalize(self, _end, self._process)
        assert self._process.stdin  # noqa: S101 - it was started with pipes
        assert self._process.stdout  # noqa: S101
        move = f"update {name}\0{new}\0{old}\0" if old else f"create {name}\0{new}\0"
        try:
            self._process.stdin.write(f"start\0{move}prepare\0commit\0".encode())
            self._process.stdin.flush()
            is_moved = all(self._process.stdout.readline().endswith(b": ok\n") for _ in range(3))
        except OSError:
            is_moved = False
        if not is_moved:
            self.close()
            return False
        self._made[name] = new
        self._count += 1
        if self._count >= EVERY:
            self.settle()
        return True

    def settle(self) -> None:
        """Packs what was committed since the last time: few files instead of many, and the disk has them."""
        if self._made:
            packing.pack_new(self._repository, self._made.values(), known=self._settled.values())
            self._settled |= self._made
            self._made.clear()
            self._count = 0

    def close(self) -> None:
        """Ends the process; the next move starts another."""
        if self._process is not None:
            self._end()
            self._process = None


def _end(process: Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with contextlib.suppress(OSError):
                pipe.close()
    process.kill()
    process.wait()
