"""Pi: one JSONL file a session below `~/.pi/agent/sessions/`, with every branch of the conversation in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.harnesses import appended, listing
from kit.harnesses.pi_events import events
from kit.harnesses.record import first

if TYPE_CHECKING:
    from pathlib import Path

    from kit.harnesses.harness import Chunk, Places, Source

__all__ = ["events", "find", "name", "read"]
name = "pi"


def find(places: Places, *, project: Path | None) -> list[Source]:
    """Returns the sessions; the header's `cwd` says which project one is of."""
    root = places.folder("PI_CODING_AGENT_DIR", ".pi/agent") / "sessions"
    found: list[Source] = []
    for folder in [root, *listing.folders(root)]:
        for path, facts in listing.files(folder, ".jsonl"):
            header = next(listing.opening(path), {})
            cwd = first(header, "cwd")
            if listing.is_within(cwd, project):
                named = first(header, "id") or path.stem
                found.append(listing.source(name, path, facts, named, cwd=cwd))
    return listing.ordered(found)


def read(source: Source, cursor: str, *, limit: int) -> Chunk:
    return appended.read(source.path, cursor, limit=limit)
