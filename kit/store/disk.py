"""Reads files as they stand on disk: regular ones only, no link is followed, and nothing can make it wait."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from kit.store.tree import FILE, LINK, MAX_BYTES, OTHER, Entry, File, Tree, not_regular, object_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_READ_ONLY = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def work_tree(top: Path, *, root: str = "", folders: Iterable[str] = ("",)) -> Tree:
    """Returns the files as they stand on disk at and below `folders` (relative to `root`); no link is followed."""
    base = top / root if root else top
    entries: dict[str, Entry] = {}
    for folder in folders:
        _walk(base, folder, entries)
    entries = dict(sorted(entries.items()))

    def read(paths: Iterable[str]) -> Iterator[File]:
        for path in paths:
            yield _read_file(f"{base}/{path}", path)

    return Tree("work tree", root, entries, read)


def _walk(base: Path, start: str, entries: dict[str, Entry]) -> None:
    """Adds what stands at and below `start`; a link on the way to it is an entry and is not followed."""
    for count in range(1, start.count("/") + 2 if start else 1):
        above = "/".join(start.split("/")[:count])
        kind = _kind(base / above)
        if kind != "folder":
            if kind:
                entries[above] = Entry(kind)
            return
    folders = [start]
    while folders:
        folder = folders.pop()
        try:
            found = list(os.scandir(base / folder))
        except FileNotFoundError:
            continue
        except OSError:
            entries[folder] = Entry(OTHER)
            continue
        for each in found:
            path = f"{folder}/{each.name}" if folder else each.name
            if each.is_symlink():
                entries[path] = Entry(LINK)
            elif not each.is_dir(follow_symlinks=False):
                entries[path] = Entry(FILE if each.is_file(follow_symlinks=False) else OTHER)
            elif each.name != ".git":
                folders.append(path)


def _kind(place: Path) -> str:
    """Returns file, link, other or folder, "" when nothing is there."""
    try:
        mode = place.lstat().st_mode
    except OSError:
        return ""
    kinds = {stat.S_IFREG: FILE, stat.S_IFLNK: LINK, stat.S_IFDIR: "folder"}
    return kinds.get(stat.S_IFMT(mode), OTHER)


def _read_file(place: str, path: str) -> File:
    """Reads a regular file only: links are not followed, and a pipe or device cannot make it wait."""
    try:
        descriptor = os.open(place, _READ_ONLY)
    except OSError as error:
        is_link = os.path.islink(place)  # noqa: PTH114 - a Path costs as much as the read
        return File(path, "", None, not_regular(LINK) if is_link else f"cannot be read: {error.strerror}")
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return File(path, "", None, not_regular(OTHER))
        if found.st_size > MAX_BYTES:
            return File(path, "", None, f"has {found.st_size} bytes, the limit is {MAX_BYTES}")
        data = os.read(descriptor, found.st_size)
        while len(data) < found.st_size and (more := os.read(descriptor, found.st_size)):
            data += more
    except OSError as error:
        return File(path, "", None, f"cannot be read: {error.strerror}")
    finally:
        os.close(descriptor)
    return File(path, object_id(data), data)
