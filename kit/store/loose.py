"""Writes one object as git's own loose file (gitrepository-layout, objects/): compressed, named by its hash."""

from __future__ import annotations

import hashlib
import os
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_ALONE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_FASTEST = 1  # git's own level for loose objects


def write(objects: Path, kind: str, data: bytes, *, is_durable: bool) -> str:
    """Returns the id of an object after it stands in the folder `objects`, whole or not at all.

    With `is_durable` it outlives a loss of power. Raises OSError.
    """
    whole = b"%s %d\0%s" % (kind.encode(), len(data), data)
    oid = hashlib.sha1(whole, usedforsecurity=False).hexdigest()
    place = objects / oid[:2] / oid[2:]
    if not place.exists():
        place.parent.mkdir(exist_ok=True)
        _write(place, zlib.compress(whole, _FASTEST), is_durable=is_durable)
    return oid


def _write(place: Path, data: bytes, *, is_durable: bool) -> None:
    # git gc sweeps away what begins with tmp_obj_ and was left by a crash.
    temporary = place.with_name(f"tmp_obj_{os.getpid()}_{place.name}")
    temporary.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(temporary, _ALONE, 0o444), "wb") as opened:
            opened.write(data)
            if is_durable:
                opened.flush()
                os.fsync(opened.fileno())
        temporary.replace(place)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if is_durable and hasattr(os, "O_DIRECTORY"):
        folder = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
