"""Renames a record and every link to it: in all records, and in the README.md files of the repository."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from kit.errors import InvalidInput
from kit.memory.renaming import Renaming
from kit.memory.show import find
from kit.records import ids, record
from kit.records.strict_json import Malformed
from kit.store import disk
from kit.store.knowledge import Place
from kit.store.work_files import Change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from kit.store.knowledge import Knowledge
    from kit.store.repository import Repository
    from kit.store.tree import File

README = "README.md"


class Moved(NamedTuple):
    """What a renaming changes; all paths are below the top.

    `approved` are records whose approval no longer holds then, `unread` files whose links could not be read, and why.
    """

    old: str
    new: str
    changes: list[Change]
    approved: list[str]
    unread: dict[str, str]


def mv(knowledge: Knowledge, old: str, new: str, *, readmes: Iterable[File] = (), here: str = "") -> Moved:
    """Returns what it takes to rename the record `old` to `new`, an id or a path; writes nothing.

    The new file comes first in `changes`, the old one goes last. Raises Taken when the place or the id is not free,
    InvalidInput when it is no place for this record, or a link to it cannot be rewritten safely.
    """
    place = find(knowledge, old, here=here)
    target = _target(knowledge, place, new, here)
    renaming = Renaming(knowledge.tree.root, place, target)
    moved = Moved(knowledge.full(place.path), knowledge.full(target.path), [], [], {})
    types = {each.path: each.declared.name for each in knowledge.places()}

    def in_record(path: str, data: bytes) -> bytes:
        before = record.parse(path, data)
        after = renaming.in_record(before, types[path])
        if after.dump() == before.dump():
            return data
        if before.meta.get("verified"):
            moved.approved.append(knowledge.full(path))
        return after.dump()

    data = knowledge.tree.bytes(place.path)
    moved.changes.append(Change(moved.new, None, in_record(place.path, data)))
    for file in knowledge.tree.read(path for path in types if path != place.path):
        _change(moved, knowledge.full(file.path), file, in_record)
    for file in readmes:
        _change(moved, file.path, file, renaming.in_readme)
    moved.changes.append(Change(moved.old, data, None))
    return moved


def readmes(repository: Repository) -> Iterator[File]:
    """Yields every README.md that git knows or would add, by its path below the top."""
    listed = repository.git.run(
        "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", README, f":(glob)**/{README}"
    ).text
    tree = disk.work_tree(repository.top, folders=filter(None, listed.split("\0")))
    return tree.read(tree.entries)


def _change(moved: Moved, path: str, file: File, edit: Callable[[str, bytes], bytes]) -> None:
    """Adds what `edit` makes of a file; one that cannot be read is named, not changed."""
    try:
        if file.data is None:
            raise Malformed(file.problem, rule="unreadable")
        written = edit(file.path, file.data)
    except Malformed as error:
        moved.unread[path] = error.message
    except InvalidInput as error:
        raise InvalidInput(f"{path}: {error.message}", hint=error.hint, code=error.code, path=path) from None
    else:
        if written != file.data:
            moved.changes.append(Change(path, file.data, written))


def _target(knowledge: Knowledge, place: Place, new: str, here: str) -> Place:
    """Returns where the record shall stand. Raises Taken or InvalidInput when it cannot stand there."""
    folder, name = posixpath.split(place.path)
    ending = posixpath.splitext(name)[1]
    if "/" not in new and not new.endswith(ending):
        wanted = [posixpath.join(folder, new)]
    else:
        typed = new + name if new.endswith("/") else new
        below = f"{knowledge.tree.root}/" if knowledge.tree.root else ""
        wanted = [posixpath.normpath(each).removeprefix(below) for each in (posixpath.join(here, typed), typed)]
    for path in (each.removesuffix(ending) + ending for each in wanted):
        if (names := place.declared.match(path)) is not None:
            target = Place(path, place.declared, ids.check(names.get("id", "")))
            knowledge.check_free(target, moved=place.path)
            return target
    raise InvalidInput(
        f"{new!r} is no place for a {place.declared.name}",
        hint=f"give an id, or a path like {knowledge.full(place.declared.path)}",
        code="invalid_place",
    )
