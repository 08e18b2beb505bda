"""Tells which segments of the index belong together: the file `current` of its folder, read and checked.

Segments are unpickled, so a generation counts only if its folder is private to this user and every file
still has the size and the times it was written with: a change time cannot be set by a checkout or an
archive. What fails any check is no generation, and the index is built anew.
"""

from __future__ import annotations

import json
import os
import stat
import zlib
from typing import TYPE_CHECKING, NamedTuple

from kit.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

CURRENT = "current"
# Raised when the layout of the folder, the terms of a text or the length of a document change.
FORMAT = 1


class Kept(NamedTuple):
    """One segment of a generation: its files as they were written, the documents replaced since then."""

    name: str
    documents: int
    files: dict[str, list[int]]
    gone: frozenset[int]

    @property
    def live(self) -> int:
        return self.documents - len(self.gone)


class Generation(NamedTuple):
    """What the index holds: a tree's id, and the segments in which its documents are found."""

    number: int
    tree: str
    engine: str
    segments: tuple[Kept, ...]


def current(folder: Path, *, stamp: str) -> Generation | None:
    """Returns the generation to answer from; None when there is none, or it is damaged or of another stamp.

    Raises InvalidInput when the folder is not a private folder of this user's own.
    """
    if not is_private(folder):
        return None
    while text := _text(folder / CURRENT):
        found = _checked(folder, text, stamp)
        # A writer that has gone on meanwhile may have swept away what was just looked at.
        if found or text == _text(folder / CURRENT):
            return found
    return None


def publish(folder: Path, generation: Generation, *, stamp: str) -> None:
    """Makes a generation the current one; readers see the one before or this one, never half of it.

    Not synced to disk: after a power loss the checks of `current` find what was lost.
    """
    segments = [
        (segment.name, segment.documents, segment.files, sorted(segment.gone)) for segment in generation.segments
    ]
    text = json.dumps({**generation._asdict(), "segments": segments, "stamp": stamp})
    half = folder / (CURRENT + ".new")
    half.unlink(missing_ok=True)
    with half.open("x", encoding="utf-8") as file:
        file.write(f"{zlib.crc32(text.encode())} {text}")
    half.replace(folder / CURRENT)


def fingerprint(segment: Path) -> dict[str, list[int]]:
    """Returns size, time of content and time of change of every file of a segment."""
    with os.scandir(segment) as files:
        seen = {file.name: file.stat(follow_symlinks=False) for file in files}
    return {name: [each.st_size, each.st_mtime_ns, each.st_ctime_ns] for name, each in seen.items()}


def is_private(folder: Path) -> bool:
    """Tells whether a folder exists and only this user may enter it; raises as `current` does."""
    try:
        seen = folder.lstat()
    except FileNotFoundError:
        return False
    if not stat.S_ISDIR(seen.st_mode) or (hasattr(os, "geteuid") and seen.st_uid != os.geteuid()):
        msg = f"the search index is not kept in {folder}: it is not a folder of this user's own"
        raise InvalidInput(msg, hint=f"remove {folder}")
    # A checkout makes folders that others may enter; what stands in them was not written here.
    return os.name == "nt" or not seen.st_mode & 0o077


def _text(file: Path) -> str:
    try:
        # A pipe in its place would be waited for, a link would lead elsewhere.
        return file.read_text("utf-8") if stat.S_ISREG(file.lstat().st_mode) else ""
    except (OSError, ValueError):
        return ""


def _checked(folder: Path, text: str, stamp: str) -> Generation | None:
    checksum, _, text = text.partition(" ")
    try:
        held = json.loads(text if int(checksum) == zlib.crc32(text.encode()) else "")
        segments = tuple(Kept(name, number, files, frozenset(gone)) for name, number, files, gone in held["segments"])
        is_good = held["stamp"] == stamp and all(fingerprint(folder / each.name) == each.files for each in segments)
        return Generation(held["number"], held["tree"], held["engine"], segments) if is_good else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
