"""The reviewed plane as it stands in one tree: the types that hold there, and the files in their folders."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from kit.errors import InvalidInput, Taken
from kit.records import ids, record_type
from kit.store import disk
from kit.store import tree as trees

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from kit.records.record_type import RecordType
    from kit.store.repository import Repository
    from kit.store.tree import Tree

SCHEMAS, TEMPLATES = "schemas", "templates"
_SCHEMA = re.compile(rf"{SCHEMAS}/[^/]+{re.escape(record_type.SUFFIX)}")


class Place(NamedTuple):
    """Where a record stands: its path below the knowledge root, its type and the id that the path gives it."""

    path: str
    declared: RecordType
    id: str


@dataclass(frozen=True)
class Knowledge:
    """`types` are those that ship with kit and the project's own; `problems` are its schemas that declare none.

    `tree` holds the files in the folders of reviewed types, `own` the project's schemas and templates.
    """

    tree: Tree
    own: Tree
    types: dict[str, RecordType]
    problems: dict[str, InvalidInput]

    def places(self, name: str = "") -> Iterator[Place]:
        """Yields the records of one reviewed type, or of all; those in the folders of a type that match its path."""
        of_folder: dict[str, list[RecordType]] = {}
        for each in self.types.values():
            if each.is_reviewed and name in ("", each.name):
                of_folder.setdefault(each.folder, []).append(each)
        for some in of_folder.values():
            some.sort(key=lambda each: bool(each.beside))
        for path in self.tree.entries:
            for declared in of_folder.get(path.split("/", 1)[0], ()):
                if (names := declared.match(path)) is not None:
                    yield Place(path, declared, names.get("id", ""))
                    break

    def full(self, path: str) -> str:
        """Returns the path below the repository's top."""
        return f"{self.tree.root}/{path}" if self.tree.root else path

    def check_free(self, place: Place, *, moved: str = "") -> None:
        """Raises Taken when another record has this path (whatever its case) or this id; `moved` is going away."""
        for path in self.tree.entries:
            if path.casefold() == place.path.casefold():
                raise _exists(f"{self.full(path)} exists already", self.full(path))
        for each in self.places():
            if each.id == place.id and each.path != moved:
                raise _exists(f"the id {place.id!r} is that of {self.full(each.path)}", self.full(each.path))


def in_work_tree(repository: Repository) -> Knowledge:
    """Returns the knowledge as it stands on disk; of a bare repository that of its HEAD."""
    if repository.is_bare:
        return at(repository, "HEAD")
    return of(lambda folders: disk.work_tree(repository.top, root=repository.root, folders=folders))


def at(repository: Repository, revision: str) -> Knowledge:
    """Returns the knowledge of a commit. Raises NotFound when `revision` names none."""
    oid = trees.resolve(repository.git, revision)
    return of(lambda folders: trees.commit_tree(repository.git, oid, root=repository.root, folders=folders))


def of(read: Callable[[Iterable[str]], Tree]) -> Knowledge:
    """Returns the knowledge in a tree; `read` returns the tree's files in some folders."""
    own = read([SCHEMAS, TEMPLATES])
    types, problems = types_in(own)
    folders = sorted({each.folder for each in types.values() if each.is_reviewed})
    return Knowledge(read(folders), own, types, problems)


def types_in(own: Tree) -> tuple[dict[str, RecordType], dict[str, InvalidInput]]:
    """Returns the types by name, and what is wrong with files of the project's own.

    Those are reviewed ones, or types of entries (`kit.context.kind`), and take no shipped type's name.
    """
    types = record_type.shipped()
    problems: dict[str, InvalidInput] = {}
    for file in own.read(path for path in own.entries if _SCHEMA.fullmatch(path)):
        name = file.path.removeprefix(f"{SCHEMAS}/").removesuffix(record_type.SUFFIX)
        try:
            if file.data is None:
                raise InvalidInput(f"{file.path} {file.problem}", hint="replace it by a regular file")
            declared = record_type.parse(ids.check(name, what="type"), file.data)
            is_of_entry = not declared.is_reviewed and declared.path == types["entry"].path
            if name in types or not (declared.is_reviewed or is_of_entry):
                message = (
                    f"{file.path}: a project's own type is reviewed or one of entries, and has a name that no type of"
                    " kit has"
                )
                raise InvalidInput(message, hint="see docs/records.md, 'A type of your own'")
        except InvalidInput as error:
            problems[file.path] = error
        else:
            types[name] = declared
    return types, problems


def _exists(message: str, path: str) -> Taken:
    return Taken(message, hint="choose another id", code="exists", retryable=False, path=path)
