"""Candidates: blocks or facts that are proposed and stand nowhere in the reviewed plane yet.

They lie in `.kit/candidates/` of this work tree, or in `candidates/` beside the other folders of knowledge.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kit.errors import InvalidInput, NotFound
from kit.records import ids, record
from kit.records.complaint import nearest
from kit.records.strict_json import Malformed
from kit.store import disk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.records.record import Record
    from kit.records.record_type import RecordType
    from kit.store.repository import Repository

FOLDER = "candidates"
MOST = 1000  # candidates that are looked at


class Candidate(NamedTuple):
    """One proposed record; `file` is where it lies here, `record.path` where it is to stand below the top."""

    record: Record
    declared: RecordType
    file: str

    @property
    def id(self) -> str:
        return self.record.id


class Unread(NamedTuple):
    """A candidate's file that holds no record; why."""

    file: str
    problem: str


def find(repository: Repository, types: Mapping[str, RecordType], name: str) -> Candidate:
    """Returns the candidate with this id, or in this file. Raises NotFound, or InvalidInput when it is none."""
    places = _places(repository)
    if not ids.problem(name):
        for folder in places:
            if (Path(folder) / f"{name}.md").is_file():
                return _read(repository, types, folder, f"{name}.md")
    if name.endswith(".md"):
        return _read(repository, types, str(Path(name).parent), Path(name).name)
    known = [file.removesuffix(".md") for folder in places for file in _names(folder)]
    near = nearest(name, known)
    hint = f"did you mean {near!r}?" if near else "kit review list shows what waits"
    raise NotFound(f"there is no candidate {name!r}", hint=hint, value=name)


def everything(repository: Repository, types: Mapping[str, RecordType]) -> tuple[list[Candidate], list[Unread]]:
    """Returns the candidates here, by id, and the files among them that are none; at most MOST."""
    found: dict[str, Candidate] = {}
    unread: list[Unread] = []
    for folder in _places(repository):
        for name in _names(folder)[:MOST]:
            try:
                candidate = _read(repository, types, folder, name)
                found.setdefault(candidate.id, candidate)
            except (InvalidInput, NotFound) as error:
                unread.append(Unread(f"{folder}/{name}", error.message))
    return [found[name] for name in sorted(found)], unread


def target(repository: Repository, parsed: Record, declared: RecordType) -> str:
    """Returns where a record is to stand, below the repository's top."""
    path = declared.place(id=ids.check(parsed.id, what="id"))
    return f"{repository.root}/{path}" if repository.root else path


def _places(repository: Repository) -> list[str]:
    return [] if repository.is_bare else [str(repository.derived / FOLDER), str(repository.knowledge / FOLDER)]


def _names(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as found:
            names = [each.name for each in found if each.is_file(follow_symlinks=False)]
    except OSError:
        return []
    return sorted(name for name in names if name.endswith(".md") and name.lower() != "readme.md")


def _read(repository: Repository, types: Mapping[str, RecordType], folder: str, name: str) -> Candidate:
    files = disk.work_tree(Path(folder), folders=[name])
    shown = f"{folder}/{name}"
    if name not in files.entries:
        raise NotFound(f"there is no file {shown}", hint="kit review list shows what waits", value=shown)
    try:
        parsed = record.parse(name, files.bytes(name))
    except Malformed as error:
        raise InvalidInput(f"{shown}:{error.line}: {error.message}", hint=error.hint, code=error.rule) from None
    declared = types.get(parsed.type)
    if declared is None or not declared.is_recalled or not declared.is_markdown or declared.placeholders != ["id"]:
        kinds = ", ".join(sorted(each.name for each in types.values() if each.is_recalled))
        message = f"{shown} is of the type {parsed.type!r}, which nobody is given"
        raise InvalidInput(message, hint=f"write type: {kinds}", code="no_candidate")
    path = target(repository, parsed, declared)
    return Candidate(record.parse(path, parsed.dump()), declared, shown)
