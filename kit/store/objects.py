"""The one place that imports pygit2: reads commits of the live plane and builds new ones, without index or work tree.

libgit2 moves no ref here that decides anything: its local push is not a compare-and-swap
(example-repo/decisions).
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import pygit2

from kit.errors import InvalidInput, NotWritten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kit.store.author import Author
    from kit.store.repository import Repository

MAX_FILES = 20_000
MAX_BLOB = 64 << 20
MAX_RAW = 1 << 30
_MAX_DEPTH = 20
_LAST_SECOND = 253_402_300_799  # of the year 9999, the last that datetime knows


class Commit(NamedTuple):
    """One commit as read, by `author` at `instance`; `when` is in seconds since the epoch."""

    oid: str
    parents: tuple[str, ...]
    author: str
    when: int
    message: str
    instance: str = ""


class Blob(NamedTuple):
    """The bytes of a file that stand in the object store already, by their object id."""

    oid: str


@dataclass(frozen=True)
class Objects:
    """The object store of a repository."""

    repository: Repository

    @cached_property
    def _git(self) -> Any:
        if self.repository.remote is None:  # what is here is all there is: it must outlive a loss of power
            pygit2.settings.enable_fsync_gitdir(True)
        flags = pygit2.enums.RepositoryOpenFlag.NO_SEARCH
        if self.repository.is_bare:
            flags |= pygit2.enums.RepositoryOpenFlag.BARE
        try:
            return pygit2.Repository(str(self.repository.top), flags)
        except pygit2.GitError as error:
            is_format = "object format" in str(error) or "extension" in str(error)
            hint = "libgit2 reads SHA-1 objects and files of refs only" if is_format else "run git status to see why"
            if "not owned by" in str(error):
                hint = "the repository belongs to someone else: git config --global --add safe.directory <path>"
            raise InvalidInput(f"the repository cannot be opened: {error}", hint=hint, code="git") from None

    def tip(self, ref: str) -> str | None:
        """Returns the commit id that a ref (full name, symbolic ones too) stands at, None when there is no such ref."""
        try:
            return str(self._git.references[ref].resolve().target)
        except (KeyError, pygit2.GitError):
            return None

    def head(self) -> str:
        """Returns the commit id that is checked out, "" when there is none yet."""
        try:
            return str(self._git.head.target)
        except pygit2.GitError:
            return ""

    def note(self, ref: str, oid: str) -> None:
        """Notes in a ref that decides nothing (full name) what was seen; "" forgets it. A failure is no loss."""
        with contextlib.suppress(pygit2.GitError, KeyError, ValueError, OSError):
            if oid:
                self._git.references.create(ref, oid, force=True)
            else:
                self._git.references.delete(ref)

    def has(self, oid: str) -> bool:
        """Whether a commit of this id is here and whole."""
        try:
            self._peel(oid)
        except InvalidInput:
            return False
        return True

    def is_foreign(self, oid: str) -> bool:
        """Whether an object is here and is no commit at all: nothing that kit has written."""
        return oid in self._git and not isinstance(self._git[oid], pygit2.Commit)

    def commit(self, oid: str) -> Commit:
        """Returns a commit. Raises InvalidInput when the object is missing or no commit."""
        found = self._peel(oid)
        with _damage_told(oid):
            parents = tuple(str(each) for each in found.parent_ids)
            when = min(max(found.commit_time, 0), _LAST_SECOND)
            instance = _text(found.author.raw_email).partition("@")[0]
            return Commit(oid, parents, _text(found.author.raw_name), when, _text(found.raw_message), instance)

    def descends(self, oid: str, ancestor: str) -> bool:
        """Whether `ancestor` is `oid` or stands in its history."""
        with _damage_told(oid):
            return oid == ancestor or bool(self._git.descendant_of(oid, ancestor))

    def history(self, *oids: str) -> Iterator[Commit]:
        """Yields the commits reachable from `oids`, newest first and none before its children, each once.

        Raises InvalidInput when one of them is missing or damaged.
        """
        walker = self._git.walk(None, pygit2.enums.SortMode.TIME | pygit2.enums.SortMode.TOPOLOGICAL)
        with _damage_told(*oids):
            for oid in oids:
                walker.push(oid)
            for found in walker:
                yield self.commit(str(found.id))

    def versions(self, oid: str, path: str) -> Iterator[tuple[Commit, str]]:
        """Yields the commits before `oid` and itself in which the file at `path` was written, newest first.

        With each comes the object id of the file.
        """
        last: tuple[Commit, str] | None = None
        for commit in self.history(oid):
            blob = self.blob_id(commit.oid, path)
            if last and last[1] not in ("", blob):
                yield last
            last = commit, blob
        if last and last[1]:
            yield last

    def files(self, oid: str, *, under: str = "") -> dict[str, bytes]:
        """Returns path -> bytes of the files of a commit below `under`; links and submodules are left out.

        Raises InvalidInput beyond MAX_FILES files or MAX_BLOB bytes in one.
        """
        return {path: self.blob(blob) for path, blob in self.entries(oid, under=under).items()}

    def entries(self, oid: str, *, under: str = "") -> dict[str, str]:
        """Returns path -> object id of the files of a commit below `under`. Raises InvalidInput beyond MAX_FILES."""
        found: dict[str, str] = {}
        with _damage_told(oid):
            tree = self._peel(oid).tree
            if not under:
                self._collect(tree, "", found)
            elif under in tree:
                inner = tree[under]
                if isinstance(inner, pygit2.Tree):
                    self._collect(inner, under + "/", found)
                else:
                    found[under] = str(inner.id)
        return found

    def names(self, oid: str, folder: str) -> list[str]:
        """Returns what a folder of a commit holds, by name; nothing where there is no such folder."""
        with _damage_told(oid):
            tree = self._peel(oid).tree
            inner = tree[folder] if folder in tree else None  # noqa: SIM401 - a Tree has no get
            return [str(each.name) for each in inner] if isinstance(inner, pygit2.Tree) else []

    def blob_id(self, oid: str, path: str) -> str:
        """Returns the object id of one file of a commit, "" when it has none of that path."""
        with _damage_told(oid):
            tree = self._peel(oid).tree
            return str(tree[path].id) if path in tree else ""

    def blob(self, oid: str, *, limit: int = MAX_BLOB) -> bytes:
        """Returns the bytes of a file. Raises InvalidInput when it is missing, or larger than `limit` bytes."""
        with _damage_told(oid):
            kind, size = self._git.odb.read_header(oid)  # without it a small pack could fill the memory
            if kind == pygit2.enums.ObjectType.BLOB and size <= limit:
                return bytes(self._git[oid].data)
        raise InvalidInput(
            f"object {oid[:12]} is no file, or larger than {limit} bytes", hint="run git fsck here and on the remote"
        )

    def build(
        self,
        base: str | None,
        edit: Mapping[str, bytes | Blob | None],
        *,
        parents: Sequence[str],
        message: str,
        author: Author,
    ) -> str:
        """Returns the id of a new commit: the tree of `base` with files set, or removed where the value is None.

        Nothing points to it yet. Raises NotWritten when it cannot be.
        """
        try:
            tree = self._edited(self._peel(base).tree if base else None, edit)
            signature = pygit2.Signature(author.name, f"{author.instance}@kit.invalid", int(author.when), 0)
            return str(self._git.create_commit(None, signature, signature, message, tree, list(parents)))
        except (pygit2.GitError, OSError, ValueError) as error:
            raise NotWritten(
                f"the objects cannot be written: {error}", hint="is the disk full, or the repository read-only?"
            ) from None

    def every(self) -> list[str]:
        """Returns the ids of all objects, those that nothing reaches too."""
        return [str(oid) for oid in self._git.odb]

    def raw(self, oid: str, *, limit: int = MAX_RAW) -> tuple[str, bytes]:
        """Returns the kind (`blob`, `tree`, `commit`, `tag`) and the bytes of any object.

        Raises InvalidInput when it is missing, or has more than `limit` bytes.
        """
        with _damage_told(oid):
            if self._git.odb.read_header(oid)[1] <= limit:
                kind, data = self._git.read(oid)
                return pygit2.enums.ObjectType(kind).name.lower(), bytes(data)
        raise InvalidInput(f"object {oid[:12]} has more than {limit} bytes", hint="look at it with git cat-file")

    def put(self, kind: str, data: bytes) -> str:
        """Writes an object as it is and returns its id. Raises NotWritten when it cannot be."""
        try:
            return str(self._git.write(pygit2.enums.ObjectType[kind.upper()], data))
        except (pygit2.GitError, OSError, ValueError) as error:
            raise NotWritten(
                f"the objects cannot be written: {error}", hint="is the disk full, or the repository read-only?"
            ) from None

    def closure(self, oid: str) -> list[str]:
        """Returns the ids of a commit, of its trees and of its files; its parents are left out.

        Raises InvalidInput beyond MAX_FILES, and when an object is missing.
        """
        found = [oid]
        with _damage_told(oid):
            waiting = [self._peel(oid).tree]
            while waiting:
                folder = waiting.pop()
                found.append(str(folder.id))
                for entry in folder:
                    if entry.type_str == "tree":
                        waiting.append(entry)
                    elif entry.type_str == "blob":
                        found.append(str(entry.id))
                if len(found) > 2 * MAX_FILES:
                    raise InvalidInput(f"a live tree has more than {MAX_FILES} files", hint="run kit gc")
        return found

    def add(self, data: bytes) -> Blob:
        """Writes the bytes of a file; nothing names them until they are built into a commit.

        So what is built can be larger than memory. Raises NotWritten when it cannot.
        """
        try:
            return Blob(str(self._git.create_blob(data)))
        except (pygit2.GitError, OSError, ValueError) as error:
            raise NotWritten(
                f"the objects cannot be written: {error}", hint="is the disk full, or the repository read-only?"
            ) from None

    def _peel(self, oid: str) -> Any:
        with _damage_told(oid):
            found = self._git.get(oid)
            if isinstance(found, pygit2.Commit) and found.tree_id:  # asking parses it
                return found
        raise InvalidInput(f"commit {oid[:12]} is missing", hint="run kit sync, then git fsck", code="missing")

    def _collect(self, tree: Any, prefix: str, found: dict[str, str]) -> None:
        """Adds the files of a tree; what a hostile one can make of few objects is bounded: width, depth, folders."""
        waiting = [(tree, prefix, 0)]
        seen = 0
        while waiting:
            folder, prefix, depth = waiting.pop()
            for entry in folder:
                seen += 1
                if seen > 2 * MAX_FILES or len(found) >= MAX_FILES or depth > _MAX_DEPTH:
                    raise InvalidInput(f"a live tree has more than {MAX_FILES} files", hint="run kit gc")
                if entry.type_str == "tree":
                    waiting.append((entry, f"{prefix}{entry.name}/", depth + 1))
                elif entry.type_str == "blob" and entry.filemode != pygit2.enums.FileMode.LINK:
                    found[prefix + entry.name] = str(entry.id)

    def _edited(self, tree: Any, edit: Mapping[str, bytes | Blob | None]) -> Any:
        """Returns the id of `tree` with the edit applied; a folder left empty disappears from its parent."""
        builder = self._git.TreeBuilder(tree) if tree is not None else self._git.TreeBuilder()
        below: dict[str, dict[str, bytes | Blob | None]] = {}
        for path, data in edit.items():
            head, _, rest = path.partition("/")
            if rest:
                below.setdefault(head, {})[rest] = data
            elif data is not None:
                oid = data.oid if isinstance(data, Blob) else self._git.create_blob(data)
                builder.insert(head, oid, pygit2.enums.FileMode.BLOB)
            elif builder.get(head) is not None:
                builder.remove(head)
        for head, inner in below.items():
            old = builder.get(head)
            new = self._edited(old if isinstance(old, pygit2.Tree) else None, inner)
            if len(self._git[new]):
                builder.insert(head, new, pygit2.enums.FileMode.TREE)
            elif old is not None:
                builder.remove(head)
        return builder.write()


@contextlib.contextmanager
def _damage_told(*oids: str) -> Iterator[None]:
    """Turns what libgit2 and its binding raise for a missing or damaged object into InvalidInput."""
    try:
        yield
    except (pygit2.GitError, LookupError, ValueError) as error:
        raise InvalidInput(
            f"an object of {', '.join(each[:12] for each in oids[:3])} is missing or damaged: {error}",
            hint="run kit sync, then git fsck",
            code="missing",
        ) from None


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
