"""What `find` of every harness needs: files that are files, ids that are slugs, and whose a folder is."""

from __future__ import annotations

import os
import re
import stat
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from kit.harnesses import appended
from kit.harnesses.harness import Source
from kit.harnesses.record import load
from kit.records import ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

_HEAD = 256 << 10
_MAX_LINES = 50
_UUID = re.compile(r"^rollout-.*-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$")


def session_id(name: str) -> str:
    """Returns the id of a session: its name where that is a slug, else the nearest one with a digest of the name."""
    if not ids.problem(name):
        return name
    digest = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{ids.slug(name)[:60].rstrip('-._') or 'session'}-{digest}"


def native(name: str) -> str:
    """Returns the id that stands at the end of a file's name, as rollouts have it, else the name."""
    match = _UUID.search(name)
    return match[1] if match else name


def stem(path: Path) -> str:
    """Returns a file's name without what says how it is kept."""
    return path.name.removesuffix(".zst").rpartition(".")[0] or path.name


def files(folder: Path, *endings: str) -> Iterator[tuple[Path, os.stat_result]]:
    """Yields the regular files of a folder with one of the endings; none where there is no such folder."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.name.endswith(endings):
            try:
                facts = entry.stat()
            except OSError:
                continue
            if stat.S_ISREG(facts.st_mode):
                yield Path(entry.path), facts


def folders(folder: Path) -> list[Path]:
    """Returns the folders in a folder by name; links are not followed."""
    try:
        return sorted(Path(entry.path) for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False))
    except OSError:
        return []


def source(harness: str, path: Path, facts: os.stat_result, name: str, *, cwd: str = "", parent: str = "") -> Source:
    return Source(harness, session_id(name), path, facts.st_size, facts.st_mtime, cwd, parent)


def ordered(found: Iterable[Source]) -> list[Source]:
    """Returns the sources newest first, each session once: of two with one id the newer."""
    newest: dict[str, Source] = {}
    for each in sorted(found, key=lambda each: (-each.modified, each.session, str(each.path))):
        newest.setdefault(each.session, each)
    return list(newest.values())


def opening(path: Path) -> Iterator[dict[str, Any]]:
    """Yields the first records of a file that are objects, of 50 lines and 32 kB, or 256 kB if the first is long."""
    head = appended.head(path, _HEAD >> 3)
    if b"\n" not in head and len(head) == _HEAD >> 3:
        head = appended.head(path, _HEAD)
    for line in head.split(b"\n", _MAX_LINES)[:_MAX_LINES]:
        if (found := load(line)) is not None:
            yield found


def is_within(cwd: str, project: Path | None) -> bool:
    """Says whether a folder is the project's or lies in it; anything is where no project is asked for."""
    if project is None:
        return True
    if not cwd or "\0" in cwd:
        return False
    names = {os.path.normpath(project), os.path.realpath(project)}
    mine = {os.path.normpath(cwd), os.path.realpath(cwd)}
    return any(one == name or one.startswith(name.rstrip(os.sep) + os.sep) for one in mine for name in names)


def quoted(path: Path, key: str) -> str:
    """Returns the first value of a key in a document that is not read whole, "" when it has none early on."""
    match = re.search(rb'"' + key.encode() + rb'"\s{0,9}:\s{0,9}"([^"\\]{1,200})"', appended.head(path, _HEAD))
    return str(match[1], "utf-8", "replace") if match else ""
