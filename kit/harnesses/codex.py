"""Codex CLI: one rollout a session, by date below `~/.codex/sessions/`, plain or compressed with zstd.

Nothing in the path tells the project: the `cwd` of the first record does. A session resumed elsewhere stays where it
began.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.harnesses import appended, listing
from kit.harnesses.codex_events import events
from kit.harnesses.record import first, mapping, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kit.harnesses.harness import Chunk, Places, Source

__all__ = ["events", "find", "name", "read"]
name = "codex"
_ENDINGS = (".jsonl", ".jsonl.zst")


def find(places: Places, *, project: Path | None) -> list[Source]:
    """Returns the rollouts, those in the archive too; where one stands plain and compressed, the plain one counts."""
    root = places.folder("CODEX_HOME", ".codex")
    found: dict[str, Source] = {}
    for path, facts in _rollouts(root):
        told = _told(path) if project else {}
        if project and not listing.is_within(first(told, "cwd"), project):
            continue
        told = told or _told(path)
        stem = listing.stem(path)
        named = listing.native(stem)
        named = named if named != stem else first(told, "id") or stem
        parent = first(told, "parent_thread_id") or _spawner(told)
        each = listing.source(name, path, facts, named, cwd=first(told, "cwd"),
                              parent=listing.session_id(parent) if parent else "")  # fmt: skip
        if each.session not in found or path.suffix == ".jsonl":
            found[each.session] = each
    return listing.ordered(found.values())


def read(source: Source, cursor: str, *, limit: int) -> Chunk:
    """Reads on; the compressed copy that took the place of a plain file goes on where that was left."""
    path = source.path
    if not path.exists():
        other = path.with_suffix("") if path.suffix == ".zst" else path.with_name(path.name + ".zst")
        path = other if other.exists() else path
    return appended.read(path, cursor, limit=limit)


def _rollouts(root: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for kept in ("sessions", "archived_sessions"):
        for folder, _, _ in os.walk(root / kept):
            yield from listing.files(Path(folder), *_ENDINGS)


def _told(path: Path) -> dict[str, Any]:
    """Returns what the first record says of the session; files from before September 2025 have it bare."""
    record = next(listing.opening(path), {})
    return mapping(record.get("payload")) or record


def _spawner(told: dict[str, Any]) -> str:
    spawned = mapping(mapping(mapping(told.get("source")).get("subagent")).get("thread_spawn"))
    return text(spawned.get("parent_thread_id"))
