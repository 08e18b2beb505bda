"""Claude Code: one JSONL file a session below `~/.claude/projects/<project>/`, sub-agents in files beside it.

One message of the model stands on several lines with the same id, each with the message's usage: it is counted once.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from kit.harnesses import appended, listing
from kit.harnesses.claude_events import events

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kit.harnesses.harness import Chunk, Places, Source

__all__ = ["events", "find", "name", "project_folder", "read"]
name = "claude-code"
_MAX_FOLDER = 200


def find(places: Places, *, project: Path | None) -> list[Source]:
    """Returns the sessions and those of their sub-agents; the folder's name narrows, the `cwd` within decides."""
    root = places.folder("CLAUDE_CONFIG_DIR", ".claude") / "projects"
    named = places.environment.get("CLAUDE_CODE_PROJECT_DIR_NAME", "")
    found: list[Source] = []
    for folder in listing.folders(root):
        if project is None or _may_hold(folder.name, project, named):
            found += _sources(folder, project)
    return listing.ordered(found)


def read(source: Source, cursor: str, *, limit: int) -> Chunk:
    return appended.read(source.path, cursor, limit=limit)


def project_folder(path: str) -> str:
    """Returns the name of a project's folder, but for the hash that follows its first 200 characters if longer."""
    return re.sub("[^A-Za-z0-9]", "-", path)[:_MAX_FOLDER]


def _may_hold(folder: str, project: Path, named: str) -> bool:
    paths = {os.path.normpath(project), os.path.realpath(project)}
    return folder == named or any(folder.startswith(project_folder(path)) for path in paths)


def _sources(folder: Path, project: Path | None) -> Iterator[Source]:
    for path, facts in listing.files(folder, ".jsonl"):
        cwd = _cwd(path)
        if _belongs(cwd, folder, project):
            yield listing.source(name, path, facts, path.stem, cwd=cwd)
    for session in listing.folders(folder):
        for path, facts in listing.files(session / "subagents", ".jsonl"):
            cwd = _cwd(path)
            if _belongs(cwd, folder, project):
                parent = listing.session_id(session.name)
                yield listing.source(name, path, facts, f"{session.name}.{path.stem}", cwd=cwd, parent=parent)


def _belongs(cwd: str, folder: Path, project: Path | None) -> bool:
    """A file that names no folder is the project's when it lies in the folder of just that project."""
    if project is None:
        return True
    if not cwd:
        paths = {os.path.normpath(project), os.path.realpath(project)}
        return any(len(path) <= _MAX_FOLDER and folder.name == project_folder(path) for path in paths)
    return listing.is_within(cwd, project)


def _cwd(path: Path) -> str:
    return next((cwd for each in listing.opening(path) if isinstance(cwd := each.get("cwd"), str) and cwd), "")
