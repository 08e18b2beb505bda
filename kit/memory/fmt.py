"""Writes records in canonical form; what they say stays the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.errors import InvalidInput
from kit.records import record
from kit.store import work_files
from kit.store.work_files import Change

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kit.store.knowledge import Knowledge, Place


class Formed(NamedTuple):
    """`changes` are the files that are not in canonical form, `unread` those that cannot be read, and why."""

    changes: list[Change]
    unread: dict[str, InvalidInput]


def fmt(knowledge: Knowledge, places: Sequence[Place]) -> Formed:
    """Returns what would have to change for these records to be in canonical form; writes nothing."""
    declared = {place.path: place.declared for place in places}
    formed = Formed([], {})
    for file in knowledge.tree.read(declared):
        path = knowledge.full(file.path)
        try:
            if file.data is None:
                raise InvalidInput(file.problem, hint="replace it by a regular file")
            written = record.parse(file.path, file.data).canonical(declared[file.path]).dump()
        except InvalidInput as error:
            formed.unread[path] = error
            continue
        if written != file.data:
            formed.changes.append(Change(path, file.data, written))
    return formed


def write(top: Path, formed: Formed) -> None:
    """Writes the changed files, each by itself: one that has changed meanwhile stops none before it."""
    for change in formed.changes:
        work_files.apply(top, [change])


def within(knowledge: Knowledge, paths: Sequence[str]) -> list[Place]:
    """Returns the records at and below `paths` (below the repository's top); all of them for no path."""
    return [
        place
        for place in knowledge.places()
        if not paths or any(f"{knowledge.full(place.path)}/".startswith(f"{path}/" * bool(path)) for path in paths)
    ]
