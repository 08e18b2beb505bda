"""Reads commits of the live plane and builds new ones, without index or work tree.

Reading goes through one open `git cat-file`, writing through loose objects, so that a command that moves one ref
loads no git library; what walks a history takes libgit2 (`kit.store.libgit2`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from kit.errors import InvalidInput, NotWritten
from kit.store import editing, folder, loose, refs
from kit.store.cat_file import CatFile
from kit.store.editing import Blob, Folder, Made

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from kit.store.author import Author
    from kit.store.folder import Entry
    from kit.store.repository import Repository

MAX_FILES = 20_000
MAX_BLOB = 64 << 20
MAX_RAW = 1 << 30
_MAX_FOLDER = 8 << 20
_MAX_COMMIT = 1 << 20
_MAX_DEPTH = 20
_LAST_SECOND = 253_402_300_799  # of the year 9999, the last that datetime knows
_SMALL_FOLDER = 100
_MOST_KNOWN = 1000
_FEW = 50
__all__ = ["MAX_BLOB", "MAX_FILES", "MAX_RAW", "Blob", "Commit", "Folder", "Objects"]
_HEAD = re.compile(
    rb"tree (?P<tree>[0-9a-f]{40})\n(?P<parents>(?:parent [0-9a-f]{40}\n)*)"
    rb"author (?P<name>[^\n<]*?) ?<(?P<email>[^\n<>]*)> -?\d+ [+-]\d{4}\n"
    rb"committer [^\n<]*<[^\n<>]*> (?P<when>-?\d+) [+-]\d{4}\n"
    rb"(?:[^\n]+\n)*(?:\n|\Z)"
)


class Commit(NamedTuple):
    """One commit as read, by `author` at `instance`; `when` is in seconds since the epoch."""

    oid: str
    parents: tuple[str, ...]
    author: str
    when: int
    message: str
    instance: str = ""
    tree: str = ""


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
            self._parsed(oid, self._read(oid, "commit", limit=_MAX_COMMIT))
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
            self._keep(self._parsed(oid, self._read(oid, "commit", limit=_MAX_COMMIT)))
        return self._commits[oid]

    def _keep(self, commit: Commit) -> None:
        if len(self._commits) >= _FEW:
            self._commits.clear()
        self._commits[commit.oid] = commit

    @cached_property
    def _commits(self) -> dict[str, Commit]:
        """A few commits that were read last: one step asks for the same one again and again."""
        return {}

    def _parsed(self, oid: str, data: bytes) -> Commit:
        head = _HEAD.match(data)
        if not head:
            raise _damaged(oid, "it is no commit that git would write")
        return Commit(
            oid,
            tuple(_text(line[7:]) for line in head["parents"].splitlines()),
            _text(head["name"]),
            min(max(int(head["when"][:20]), 0), _LAST_SECOND),
            _text(data[head.end() :]),
            _text(head["email"]).partition("@")[0],
            _text(head["tree"]),
        )

    def descends(self, oid: str, ancestor: str) -> bool:
        """Whether `ancestor` is `oid` or stands in its history. Raises InvalidInput when either is missing."""
        if oid == ancestor or ancestor in self._parents(oid):
            return True
        answer = self.repository.git.run("merge-base", "--is-ancestor", ancestor, oid, codes=(0, 1, 128))
        if answer.code == 128:
            raise _damaged(oid, answer.complaint)
        return answer.code == 0

    def _parents(self, oid: str) -> tuple[str, ...]:
        try:
            return self.commit(oid).parents
        except InvalidInput:
            return ()

    def fork(self, one: str, other: str) -> str:
        """Returns the commit where two histories parted (the best, if several are), "" when they have none in common.

        Raises InvalidInput when either is missing.
        """
        answer = self.repository.git.run("merge-base", one, other, codes=(0, 1, 128))
        if answer.code == 128:
            raise _damaged(one, answer.complaint)
        return answer.text.strip()

    def history(self, *oids: str) -> Iterator[Commit]:
        """Yields the commits reachable from `oids`, newest first and none before its children, each once.

        Raises InvalidInput when one of them is missing or damaged.
        """
        from kit.store import libgit2  # the few that need it pay for it

        for oid in oids:
            self.commit(oid)
        return map(self.commit, libgit2.history(self.repository, oids))

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

    def entries(self, oid: str, *, under: str = "", limit: int = MAX_FILES) -> dict[str, str]:
        """Returns path -> object id of the files of a commit below `under`. Raises InvalidInput beyond `limit`."""
        found: dict[str, str] = {}
        if not under:
            self._collect(self.commit(oid).tree, "", found, limit)
        elif entry := self._at(oid, under):
            if entry.is_folder:
                self._collect(entry.oid, under + "/", found, limit)
            else:
                found[under] = entry.oid
        return found

    def names(self, oid: str, folder: str) -> list[str]:
        """Returns what a folder of a commit holds, by name; nothing where there is no such folder."""
        entry = self._at(oid, folder)
        return list(self._folder(entry.oid)) if entry and entry.is_folder else []

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
            tree = editing.edited(self._folder, self.commit(base).tree if base else "", edit, made)
            tree = tree or made.put("tree", b"")
            address = author.email or f"{author.instance}@kit.invalid"
            name, email = (re.sub(r"[\0\n<>]", "", each).strip() for each in (author.name, address))
            who = f"{name} <{email}> {int(author.when)} +0000"
            lines = [f"tree {tree}", *(f"parent {each}" for each in parents), f"author {who}", f"committer {who}"]
            oid = made.put("commit", "\n".join([*lines, "", message]).encode("utf-8", "surrogateescape"))
            self._write_all(made, is_durable=is_durable)
        except (OSError, ValueError) as error:
            raise NotWritten(
                f"the objects cannot be written: {error}", hint="is the disk full, or the repository read-only?"
            ) from None
        for each, entries in made.folders.items():
            self._remember(each, entries)
        self._keep(self._parsed(oid, made.objects[oid][1]))
        return oid

    def raw(self, oid: str, *, limit: int = MAX_RAW) -> tuple[str, bytes]:
        """Returns the kind (`blob`, `tree`, `commit`, `tag`) and the bytes of any object.

        Raises InvalidInput when it is missing, or has more than `limit` bytes.
        """
        found = self._stored.read(oid, limit=limit)
        if found is None or found.data is None:
            raise _damaged(oid, f"it has more than {limit} bytes" if found else "it cannot be read")
        return found.kind, found.data

    def put(self, kind: str, data: bytes) -> str:
        """Writes an object as it is and returns its id. Raises NotWritten when it cannot be."""
        try:
            return self._write(kind, data)
        except OSError as error:
            raise NotWritten(
                f"the objects cannot be written: {error}", hint="is the disk full, or the repository read-only?"
            ) from None

    def add(self, data: bytes) -> Blob:
        """Writes the bytes of a file; nothing names them until they are built into a commit.

        So what is built can be larger than memory. Raises NotWritten when it cannot.
        """
        return Blob(self.put("blob", data))

    def _read(self, oid: str, kind: str, *, limit: int) -> bytes:
        found = self._stored.read(oid, limit=limit)
        if found is None or found.kind != kind:
            raise InvalidInput(f"{kind} {oid[:12]} is missing", hint="run kit sync, then git fsck", code="missing")
        if found.data is None:
            raise _damaged(oid, f"it has more than {limit} bytes")
        return found.data

    def _folder(self, oid: str) -> Mapping[str, Entry]:
        if oid not in self._folders:
            try:
                found = folder.parse(self._read(oid, "tree", limit=_MAX_FOLDER))
            except ValueError as error:
                raise _damaged(oid, str(error)) from None
            self._remember(oid, found)
            return found
        return self._folders[oid]

    @cached_property
    def _folders(self) -> dict[str, Mapping[str, Entry]]:
        """Small folders that were read or written last: who adds to one again and again reads none twice."""
        return {}

    def _remember(self, oid: str, entries: Mapping[str, Entry]) -> None:
        if len(entries) <= _SMALL_FOLDER:
            if len(self._folders) >= _MOST_KNOWN:
                self._folders.clear()
            self._folders[oid] = entries

    def _at(self, oid: str, path: str) -> Entry | None:
        """Returns what stands at a path of a commit."""
        entry: Entry | None = folder.folder(self.commit(oid).tree)
        for name in path.split("/"):
            entry = self._folder(entry.oid).get(name) if entry and entry.is_folder else None
        return entry

    def _collect(self, tree: str, prefix: str, found: dict[str, str], limit: int) -> None:
        """Adds the files of a tree; what a hostile one can make of few objects is bounded: width, depth, folders."""
        waiting = [(tree, prefix, 0)]
        seen = 0
        while waiting:
            oid, prefix, depth = waiting.pop()
            for name, entry in self._folder(oid).items():
                seen += 1
                if seen > 2 * limit or len(found) >= limit or depth > _MAX_DEPTH:
                    raise InvalidInput(f"a live tree has more than {limit} files", hint="run kit gc")
                if entry.is_folder:
                    waiting.append((entry.oid, f"{prefix}{name}/", depth + 1))
                elif entry.is_file:
                    found[prefix + name] = entry.oid

    def _write(self, kind: str, data: bytes) -> str:
        made = Made()
        oid = made.put(kind, data)
        self._write_all(made)
        return oid

    def _write_all(self, made: Made, *, is_durable: bool = True) -> None:
        git = self.repository.git
        if git.config.get("core.sharedrepository", "umask") not in ("umask", "false", "0"):
            # Whoever shares it must be able to read and remove the file: git knows how.
            for kind, data in made.objects.values():
                git.run("hash-object", "-w", "-t", kind, "--stdin", stdin=data)
            return
        # What is here is all there is where no remote decides: it must outlive a loss of power.
        loose.write(self._place, made.objects, is_durable=is_durable and self.repository.remote is None)


def _damaged(oid: str, reason: str) -> InvalidInput:
    return InvalidInput(
        f"object {oid[:12]} is missing or damaged: {reason}", hint="run kit sync, then git fsck", code="missing"
    )


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
