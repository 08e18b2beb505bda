"""Reads commits of the live plane and builds new ones, without index or work tree.

Reading goes through one open `git cat-file`, writing through loose objects, so that a command that moves one ref
loads no git library; what walks a history (`kit.store.history`) takes libgit2.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from kit.errors import InvalidInput, NotWritten
from kit.store import commit, editing, loose, refs
from kit.store.cat_file import CatFile, damaged
from kit.store.editing import Blob, Folder, Made
from kit.store.folders import Folders

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from kit.store.author import Author
    from kit.store.commit import Commit
    from kit.store.folder import Entry
    from kit.store.repository import Repository

MAX_FILES = 20_000
MAX_BLOB = 64 << 20
MAX_RAW = 1 << 30
_MAX_FOLDER = 8 << 20
_MAX_COMMIT = 1 << 20
_FEW = 50
__all__ = ["MAX_BLOB", "MAX_FILES", "MAX_RAW", "Blob", "Folder", "Objects"]


@dataclass(frozen=True)
class Objects:
    """The object store of a repository."""

    repository: Repository

    @cached_property
    def _place(self) -> Path:
        """Where git keeps the objects. Raises InvalidInput where it keeps them, or the refs, in another form."""
        config = self.repository.git.config
        kinds = (config.get("extensions.objectformat", "sha1"), config.get("extensions.refstorage", "files"))
        if kinds != ("sha1", "files"):
            raise InvalidInput(
                f"the repository cannot be opened: it keeps {kinds[0]} objects, and refs in {kinds[1]}",
                hint="kit reads SHA-1 objects and files of refs only",
                code="git",
            )
        return self.repository.git.common_folder / "objects"

    @cached_property
    def _stored(self) -> CatFile:
        assert self._place  # noqa: S101 - it is looked at before anything is read
        return CatFile(self.repository.git)

    def close(self) -> None:
        """Ends the process that reads, if one runs; whoever reads on starts another."""
        if "_stored" in self.__dict__:
            self._stored.close()

    def tip(self, ref: str) -> str | None:
        """Returns the commit id that a ref (full name, symbolic ones too) stands at, None when there is no such ref."""
        return refs.tip(self.repository.git.common_folder, ref) or None

    def head(self) -> str:
        """Returns the commit id that is checked out, "" when there is none yet."""
        answer = self.repository.git.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}", codes=(0, 1, 128))
        return answer.text.strip()

    def has(self, oid: str) -> bool:
        """Whether a commit of this id is here and whole."""
        try:
            self._parsed(oid)
        except InvalidInput:
            return False
        return True

    def is_foreign(self, oid: str) -> bool:
        """Whether an object is here and is no commit at all: nothing that kit has written."""
        found = self._stored.read(oid, limit=_MAX_COMMIT)
        return found is not None and found.kind != "commit"

    def commit(self, oid: str) -> Commit:
        """Returns a commit. Raises InvalidInput when the object is missing, damaged or no commit."""
        if oid not in self._commits:
            self._keep(self._parsed(oid))
        return self._commits[oid]

    def _keep(self, commit: Commit) -> None:
        if len(self._commits) >= _FEW:
            self._commits.clear()
        self._commits[commit.oid] = commit

    @cached_property
    def _commits(self) -> dict[str, Commit]:
        """A few commits that were read last: one step asks for the same one again and again."""
        return {}

    def descends(self, oid: str, ancestor: str) -> bool:
        """Whether `ancestor` is `oid` or stands in its history. Raises InvalidInput when either is missing."""
        if oid == ancestor or ancestor in self._parents(oid):
            return True
        answer = self.repository.git.run("merge-base", "--is-ancestor", ancestor, oid, codes=(0, 1, 128))
        if answer.code == 128:
            raise damaged(oid, answer.complaint)
        return answer.code == 0

    def _parents(self, oid: str) -> tuple[str, ...]:
        try:
            return self.commit(oid).parents
        except InvalidInput:
            return ()

    def files(self, oid: str, *, under: str = "") -> dict[str, bytes]:
        """Returns path -> bytes of the files of a commit below `under`; links and submodules are left out.

        Raises InvalidInput beyond MAX_FILES files or MAX_BLOB bytes in one.
        """
        return {path: self.blob(blob) for path, blob in self.entries(oid, under=under).items()}

    def entries(self, oid: str, *, under: str = "", limit: int = MAX_FILES) -> dict[str, str]:
        """Returns path -> object id of the files of a commit below `under`. Raises InvalidInput beyond `limit`."""
        if not under:
            return self._folders.files(self.commit(oid).tree, prefix="", limit=limit)
        entry = self._at(oid, under)
        if entry is None or not entry.is_folder:
            return {under: entry.oid} if entry else {}
        return self._folders.files(entry.oid, prefix=f"{under}/", limit=limit)

    def names(self, oid: str, folder: str) -> list[str]:
        """Returns what a folder of a commit holds, by name; nothing where there is no such folder."""
        entry = self._at(oid, folder)
        return list(self._folders.folder(entry.oid)) if entry and entry.is_folder else []

    def folder_id(self, oid: str, path: str) -> str:
        """Returns the tree id of a folder of a commit, "" when it has none of that path."""
        entry = self._at(oid, path)
        return entry.oid if entry and entry.is_folder else ""

    def blob_id(self, oid: str, path: str) -> str:
        """Returns the object id of one file of a commit, "" when it has none of that path."""
        entry = self._at(oid, path)
        return entry.oid if entry else ""

    def blob(self, oid: str, *, limit: int = MAX_BLOB) -> bytes:
        """Returns the bytes of a file. Raises InvalidInput when it is missing, or larger than `limit` bytes."""
        found = self._stored.read(oid, limit=limit)
        if found and found.kind == "blob" and found.data is not None:
            return found.data
        raise InvalidInput(
            f"object {oid[:12]} is no file, or larger than {limit} bytes", hint="run git fsck here and on the remote"
        )

    def blobs(self, oids: Sequence[str], *, limit: int = MAX_BLOB) -> Iterator[bytes | None]:
        """Yields the bytes of many files, None for one that is missing, or larger than `limit` bytes."""
        for found in self._stored.read_all(oids, limit=limit):
            yield found.data if found and found.kind == "blob" else None

    def build(
        self,
        base: str | None,
        edit: Mapping[str, bytes | Blob | Folder | None],
        *,
        parents: Sequence[str],
        message: str,
        author: Author,
        is_durable: bool = True,
    ) -> str:
        """Returns the id of a new commit: the tree of `base` with files set, or removed where the value is None.

        Nothing points to it yet. Without `is_durable` a loss of power can take it, where it is said to be durable
        otherwise. Raises NotWritten when it cannot be.
        """
        made = Made()
        try:
            tree = editing.edited(self._folders.folder, self.commit(base).tree if base else "", edit, made)
            tree = tree or made.put("tree", b"")
            oid = made.put("commit", commit.dump(tree, parents, message, author))
            self._write_all(made, is_durable=is_durable)
        except (OSError, ValueError) as error:
            raise NotWritten(
                f"the objects cannot be written: {error}", hint="is the disk full, or the repository read-only?"
            ) from None
        for each, entries in made.folders.items():
            self._folders.remember(each, entries)
        self._keep(commit.parse(oid, made.objects[oid][1]))
        return oid

    def raw(self, oid: str, *, limit: int = MAX_RAW) -> tuple[str, bytes]:
        """Returns the kind (`blob`, `tree`, `commit`, `tag`) and the bytes of any object.

        Raises InvalidInput when it is missing, or has more than `limit` bytes.
        """
        found = self._stored.read(oid, limit=limit)
        if found is None or found.data is None:
            raise damaged(oid, f"it has more than {limit} bytes" if found else "it cannot be read")
        return found.kind, found.data

    def put(self, kind: str, data: bytes) -> str:
        """Writes an object as it is and returns its id. Raises NotWritten when it cannot be."""
        made = Made()
        try:
            oid = made.put(kind, data)
            self._write_all(made)
        except OSError as error:
            raise NotWritten(
                f"the objects cannot be written: {error}", hint="is the disk full, or the repository read-only?"
            ) from None
        return oid

    def add(self, data: bytes) -> Blob:
        """Writes the bytes of a file; nothing names them until they are built into a commit.

        So what is built can be larger than memory. Raises NotWritten when it cannot.
        """
        return Blob(self.put("blob", data))

    def _parsed(self, oid: str) -> Commit:
        try:
            return commit.parse(oid, self._stored.expect(oid, "commit", limit=_MAX_COMMIT))
        except ValueError as error:
            raise damaged(oid, str(error)) from None

    def _at(self, oid: str, path: str) -> Entry | None:
        return self._folders.at(self.commit(oid).tree, path)

    @cached_property
    def _folders(self) -> Folders:
        stored = self._stored  # not this value: nothing would end the process that reads when it is let go
        return Folders(lambda oid: stored.expect(oid, "tree", limit=_MAX_FOLDER))

    def _write_all(self, made: Made, *, is_durable: bool = True) -> None:
        git = self.repository.git
        if git.config.get("core.sharedrepository", "umask") not in ("umask", "false", "0"):
            # Whoever shares it must be able to read and remove the file: git knows how.
            for kind, data in made.objects.values():
                git.run("hash-object", "-w", "-t", kind, "--stdin", stdin=data)
            return
        # What is here is all there is where no remote decides: it must outlive a loss of power.
        loose.write(self._place, made.objects, is_durable=is_durable and self.repository.remote is None)
