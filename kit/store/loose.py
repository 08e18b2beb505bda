"""Writes objects as git's own loose files (gitrepository-layout, objects/): compressed, each named by its hash."""

from __future__ import annotations

import contextlib
import os
import threading
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

_ALONE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_FASTEST = 1  # git's own level for loose objects
_AT_ONCE = 16
_TRIES = 20


def write(objects: Path, made: Mapping[str, tuple[str, bytes]], *, is_durable: bool) -> None:
    """Writes objects, kind and bytes by their ids, into the folder `objects`, each whole or not at all.

    They appear in the order given. With `is_durable` they outlive a loss of power: the disk is asked for all of them
    at once, which takes a quarter of the time of one after the other (measured, eight of them). Raises OSError.
    """
    new = {oid: objects / oid[:2] / oid[2:] for oid in made}
    new = {oid: place for oid, place in new.items() if not place.exists()}
    staged: dict[Path, Path] = {}
    opened: list[int] = []
    try:
        for oid, place in new.items():
            kind, data = made[oid]
            # git gc sweeps away what begins with tmp_obj_ and was left by a crash.
            temporary = place.with_name(f"tmp_obj_{os.getpid()}_{place.name}")
            opened.append(_begin(temporary))
            staged[temporary] = place
            _fill(opened[-1], zlib.compress(b"%s %d\0%s" % (kind.encode(), len(data), data), _FASTEST))
            if not is_durable or len(opened) == _AT_ONCE:
                _settle(opened, is_durable=is_durable)
        _settle(opened, is_durable=is_durable)
        for temporary, place in staged.items():
            temporary.replace(place)
    except BaseException:
        for each in opened:
            os.close(each)
        for temporary in staged:
            temporary.unlink(missing_ok=True)
        raise
    if is_durable and hasattr(os, "O_DIRECTORY"):
        folders = sorted({place.parent for place in new.values()})
        for first in range(0, len(folders), _AT_ONCE):
            _settle(_open_those_that_stand(folders[first : first + _AT_ONCE]), is_durable=True)


def _begin(temporary: Path) -> int:
    """Returns a new file, opened; its folder is made, and again when git removes it, empty as it is, at that moment."""
    for _ in range(_TRIES):
        try:
            return os.open(temporary, _ALONE, 0o444)
        except FileExistsError:  # someone of this number has died here
            temporary.unlink(missing_ok=True)
        except FileNotFoundError:
            with contextlib.suppress(FileExistsError):
                temporary.parent.mkdir()
    return os.open(temporary, _ALONE, 0o444)


def _open_those_that_stand(folders: Iterable[Path]) -> list[int]:
    """Opens folders, without those that git has removed: what stood in them stands in a pack, which is on the disk."""
    opened = []
    for each in folders:
        with contextlib.suppress(FileNotFoundError):
            opened.append(os.open(each, os.O_RDONLY | os.O_DIRECTORY))
    return opened


def _fill(opened: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(opened, left) :]


def _settle(opened: list[int], *, is_durable: bool) -> None:
    """Closes files after the disk has them, and forgets them."""
    try:
        if is_durable:
            _together(opened)
    finally:
        while opened:
            os.close(opened.pop())


def _together(opened: Sequence[int]) -> None:
    failed: list[OSError] = []

    def sync(each: int) -> None:
        try:
            os.fsync(each)
        except OSError as error:
            failed.append(error)

    threads: list[threading.Thread] = []
    for each in opened:
        try:
            thread = threading.Thread(target=sync, args=(each,))
            thread.start()
            threads.append(thread)
        except RuntimeError:  # no more threads are to be had
            sync(each)
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
