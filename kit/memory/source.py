"""What recall searches: the reviewed branch unless told otherwise, and whether the work tree holds more than that."""

from __future__ import annotations

import hashlib
import json
import threading
from typing import TYPE_CHECKING, NamedTuple

from kit import __version__
from kit.errors import NotFound
from kit.records import record_type
from kit.store import disk, knowledge, tree
from kit.store.knowledge import SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kit.records.record_type import RecordType
    from kit.store.repository import Repository
    from kit.store.tree import File, Tree


class Source(NamedTuple):
    """Records to be searched. `tree_id` changes when any of them or a schema does; `name` says what they are.

    `types` are the recalled ones; `commit` is "" for the work tree; `ids` lists all by path, `read` gets some.
    `version` changes when what is indexed of a record may: with kit, or a schema of the project's own.
    `unreviewed` are the paths whose files are not those of the reviewed branch; `notes` what is to be said of it.
    """

    name: str
    commit: str
    tree_id: str
    version: str
    types: tuple[RecordType, ...]
    ids: Callable[[], dict[str, str]]
    read: Callable[[Sequence[str]], Iterator[File]]
    unreviewed: Callable[[], frozenset[str]] = frozenset
    is_reviewed: bool = True
    notes: tuple[str, ...] = ()


def reviewed(repository: Repository, revision: str = "") -> Source:
    """Returns the records of the reviewed branch, or of `revision`. Raises NotFound where there is no commit.

    One process of git answers which branch that is and whether anything has changed.
    """
    shipped = record_type.shipped()
    folders = _folders(repository, shipped)
    names = [revision] if revision else repository.reviewed_names()
    commits = tree.folder_ids(repository.git, names, folders)
    found = next((name for name in names if name in commits), None)
    if found is None:
        raise NotFound(
            f"{revision!r} names no commit here" if revision else "there is no commit to recall from yet",
            hint="commit and push records to the reviewed branch, or say --work-tree",
        )
    commit, ids = commits[found]
    types: dict[str, RecordType] = shipped
    notes: tuple[str, ...] = ()
    if folders[-1] in ids:
        types, notes = _types(tree.commit_tree(repository.git, commit, root=repository.root, folders=[SCHEMAS]))
    return Source(
        found.removeprefix("refs/heads/").removeprefix("refs/remotes/"),
        commit,
        _digest(ids),
        f"{__version__} {ids.get(folders[-1], '')}",
        _recalled(types),
        lambda: tree.blob_ids(repository.git, commit, root=repository.root, folders=_record_folders(types)),
        lambda paths: tree.read_at(repository.git, commit, paths, root=repository.root),
        is_reviewed=not revision,
        notes=notes,
    )


def work_tree(repository: Repository) -> Source:
    """Returns the records as they stand in the work tree, reviewed or not."""
    types, notes = _types(disk.work_tree(repository.top, root=repository.root, folders=[SCHEMAS]))
    whole = disk.work_tree(repository.top, root=repository.root, folders=[*_record_folders(types), SCHEMAS])
    ids = {file.path: file.oid for file in whole.read(whole.entries)}

    def unreviewed() -> frozenset[str]:
        try:
            approved = reviewed(repository).ids()
        except NotFound:
            approved = {}
        return frozenset(path for path, oid in ids.items() if approved.get(path) != oid)

    return Source(
        "work tree",
        "",
        _digest(ids),
        f"{__version__} {_digest({path: oid for path, oid in ids.items() if path.startswith(SCHEMAS)})}",
        _recalled(types),
        lambda: ids,
        whole.read,
        unreviewed,
        is_reviewed=False,
        notes=notes,
    )


class Unsearched:
    """Counts, beside the search, the work tree's records that are not in what is searched."""

    def __init__(self, repository: Repository, source: Source) -> None:
        self._count: int | None = None
        self._thread = threading.Thread(target=self._look, args=(repository, source), daemon=True)
        self._thread.start()

    def count(self) -> int | None:
        """Returns how many records differ from those searched, None when git could not say."""
        self._thread.join()
        return self._count

    def _look(self, repository: Repository, source: Source) -> None:
        if repository.is_bare or not source.commit:
            self._count = 0
            return
        self._count = tree.count_differing(repository.git, source.commit, _folders(repository, source.types))


def _types(schemas: Tree) -> tuple[dict[str, RecordType], tuple[str, ...]]:
    """Returns the types by name, and a word for each schema that declares none: its records are not searched."""
    types, problems = knowledge.types_in(schemas)
    return types, tuple(error.message for error in problems.values())


def _recalled(types: dict[str, RecordType]) -> tuple[RecordType, ...]:
    return tuple(each for each in types.values() if each.is_recalled)


def _record_folders(types: dict[str, RecordType]) -> list[str]:
    return sorted({each.folder for each in types.values() if each.is_recalled})


def _folders(repository: Repository, types: dict[str, RecordType] | Sequence[RecordType]) -> list[str]:
    known = types if isinstance(types, dict) else {each.name: each for each in types}
    prefix = f"{repository.root}/" if repository.root else ""
    return [prefix + folder for folder in (*_record_folders(known), SCHEMAS)]


def _digest(ids: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps(sorted(ids.items())).encode()).hexdigest()
