"""Gemini CLI: one file a session below `~/.gemini/tmp/<project>/chats/`: JSONL, before version 0.40 one document."""

from __future__ import annotations

import os
from hashlib import sha256
from typing import TYPE_CHECKING

from kit.harnesses import appended, listing, whole
from kit.harnesses.gemini_events import events
from kit.harnesses.record import first

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kit.harnesses.harness import Chunk, Places, Source

__all__ = ["events", "find", "name", "read"]
name = "gemini"
_MAX_PATH = 4096


def find(places: Places, *, project: Path | None) -> list[Source]:
    """Returns the sessions and those of their sub-agents.

    The project is known by the folder's `.project_root`, or by the hash of its path in the folder's name. A session
    that stands as a document and as JSONL was taken over into the latter.
    """
    found: dict[str, Source] = {}
    for folder in listing.folders(places.home / ".gemini" / "tmp"):
        cwd = _root(folder)
        if project is None or listing.is_within(cwd, project) or folder.name in _hashes(project):
            cwd = cwd or (str(project) if project else "")
            for each in _sources(folder / "chats", cwd):
                if each.session not in found or each.path.suffix == ".jsonl":
                    found[each.session] = each
    return listing.ordered(found.values())


def read(source: Source, cursor: str, *, limit: int) -> Chunk:
    if whole.is_whole(source.path):
        return whole.read(source.path, cursor, limit=limit, renewed=lambda rest: {"$set": rest})
    return appended.read(source.path, cursor, limit=limit)


def _sources(chats: Path, cwd: str) -> Iterator[Source]:
    for path, facts in listing.files(chats, ".jsonl", ".json"):
        named = _named(path) or path.stem
        yield listing.source(name, path, facts, named, cwd=cwd)
    for session in listing.folders(chats):
        for path, facts in listing.files(session, ".jsonl", ".json"):
            parent = listing.session_id(session.name)
            yield listing.source(name, path, facts, f"{session.name}.{path.stem}", cwd=cwd, parent=parent)


def _named(path: Path) -> str:
    """Returns the id that the session's first record, or the document, gives it."""
    return first(next(listing.opening(path), {}), "sessionId") or listing.quoted(path, "sessionId")


def _root(folder: Path) -> str:
    try:
        with (folder / ".project_root").open("rb") as handle:
            return str(handle.read(_MAX_PATH), "utf-8", "replace").strip()
    except OSError:
        return ""


def _hashes(project: Path) -> set[str]:
    paths = {os.path.normpath(project), os.path.realpath(project)}
    return {sha256(os.fsencode(path)).hexdigest() for path in paths}
