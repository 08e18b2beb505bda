"""A tree maps paths to files with object ids, read-only: what is staged, or a commit (`kit.store.disk`: the work tree).

Everything that reads records takes a Tree, so it works on files being edited, on a pull request and on yesterday.
Commits are read by git's own plumbing, two processes whatever the number of files (importing pygit2 costs more).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from kit.errors import InvalidInput, KitError, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from kit.store.git import Git

FILE, LINK, OTHER = "file", "link", "other"
MAX_BYTES = 16 << 20


class Entry(NamedTuple):
    """A file of a tree; `oid` is "" for a work tree's file until it is read. `kind` is file, link or other."""

    kind: str
    oid: str = ""


class File(NamedTuple):
    """A file that was read; `data` is None when it could not be, and `problem` says why."""

    path: str
    oid: str
    data: bytes | None
    problem: str = ""


@dataclass(frozen=True)
class Tree:
    """Files below `root` (a folder of the repository, "" for its top); paths are POSIX and relative to `root`.

    `name` says what was read, for messages: `work tree`, `staged files` or the commit's short id.
    """

    name: str
    root: str
    entries: Mapping[str, Entry]
    _read: Callable[[Iterable[str]], Iterator[File]] = field(repr=False)

    def read(self, paths: Iterable[str]) -> Iterator[File]:
        """Yields the files at `paths`, in that order; a file that cannot be read is yielded with its problem."""
        return self._read(paths)

    def bytes(self, path: str) -> bytes:
        """Returns one file. Raises NotFound when it is not there, InvalidInput when it cannot be read."""
        if path not in self.entries:
            raise NotFound(f"{path} is not in the {self.name}", hint="kit list shows what is there")
        (file,) = self.read([path])
        if file.data is None:
            raise InvalidInput(f"{path}: {file.problem}", hint="replace it by a regular file")
        return file.data


def commit_tree(git: Git, revision: str, *, root: str = "", folders: Iterable[str] = ("",)) -> Tree:
    """Returns the files of a commit below `folders`. Raises NotFound when `revision` names no commit."""
    oid = resolve(git, revision)
    where = [_join(root, folder) for folder in folders]
    out = git.run("ls-tree", "-r", "-z", "--full-tree", oid, "--", *(each for each in where if each)).out
    entries = _listed(out, root, oid_at=2)
    return Tree(oid[:12], root, entries, _batch_reader(git, entries))


def staged_tree(git: Git, *, root: str = "", folders: Iterable[str] = ("",)) -> Tree:
    """Returns the files as they are staged in the index."""
    where = [f":(top,literal){each}" for each in (_join(root, folder) for folder in folders) if each]
    out = git.run("ls-files", "--stage", "--full-name", "-z", "--", *where).out
    entries = _listed(out, root, oid_at=1)
    return Tree("staged files", root, entries, _batch_reader(git, entries))


def blob_ids(git: Git, commit: str, *, root: str = "", folders: Iterable[str]) -> dict[str, str]:
    """Returns path -> object id of what a commit has below `folders`, "" for what is no regular file.

    It makes of many files no more than a comparison needs.
    """
    where = [_join(root, folder) for folder in folders]
    out = git.run("ls-tree", "-r", "-z", "--full-tree", commit, "--", *(each for each in where if each)).text
    cut = len(root) + 1 if root else 0
    pairs = (line.split("\t", 1) for line in out.split("\0") if line)
    return {path[cut:]: info[12:] if info.startswith("100") else "" for info, path in pairs}


def read_at(git: Git, commit: str, paths: Sequence[str], *, root: str = "") -> Iterator[File]:
    """Yields a few files of a commit, known to be of a record's size, without listing it; `oid` stays ""."""
    names = [f"{commit}:{_join(root, path)}" for path in paths]
    for path, data in zip(paths, _objects(git, names), strict=True):
        yield File(path, "", data, "" if data is not None else "is missing")


def resolve(git: Git, revision: str) -> str:
    """Returns the commit id that `revision` names. Raises NotFound when it names none."""
    answer = git.run(
        "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", codes=(0, 1, 128)
    )
    if answer.code:
        raise NotFound(f"{revision!r} names no commit here", hint="git log --oneline shows the commits", value=revision)
    return answer.text.strip()


def folder_ids(git: Git, revisions: Sequence[str], folders: Sequence[str]) -> dict[str, tuple[str, dict[str, str]]]:
    """Returns for each of `revisions` that names a commit its id and the tree ids of those `folders` it has.

    One process of some 2 ms: the whole answer to "has anything changed?", whatever stands beside these folders.
    """
    asked = [(name, folder) for name in revisions if "\n" not in name for folder in ("", *folders)]
    lines = [f"{name}:{folder}" if folder else f"{name}^{{commit}}" for name, folder in asked]
    given = "".join(line + "\n" for line in lines).encode()
    answers = git.run("cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=given).text.splitlines()
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for (name, folder), answer in zip(asked, answers, strict=True):
        oid, _, kind = answer.rpartition(" ")
        if not folder and kind == "commit":
            found[name] = (oid, {})
        elif folder and kind == "tree" and name in found:
            found[name][1][folder] = oid
    return found


def count_differing(git: Git, commit: str, folders: Sequence[str]) -> int | None:
    """Returns how many Markdown files below `folders` the work tree has other than `commit`, None if git cannot say."""
    quiet = ("--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--diff-filter=d")
    try:
        # Not into submodules: git would run what their own config names.
        changed = git.compare("diff", *quiet, "--ignore-submodules=dirty", commit, "--", *folders).text
        new = git.compare("ls-files", "--others", "--exclude-standard", "-z", "--full-name", "--", *folders).text
    except KitError:
        return None
    names = {name for name in (changed + new).split("\0") if name.endswith(".md")}
    return sum(1 for name in names if not name.endswith("README.md"))


def object_id(data: bytes) -> str:
    """Returns the id that git (with SHA-1) gives a file with these bytes."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _join(root: str, folder: str) -> str:
    return f"{root}/{folder}".strip("/") if root else folder.strip("/")


def _lines(out: bytes) -> Iterator[tuple[str, str]]:
    for line in out.decode("utf-8", "surrogateescape").split("\0"):
        if line:
            info, _, path = line.partition("\t")
            yield info, path


def _listed(out: bytes, root: str, *, oid_at: int) -> dict[str, Entry]:
    cut = len(root) + 1 if root else 0
    kinds = {"100644": FILE, "100755": FILE, "100664": FILE, "120000": LINK}
    return {path[cut:]: Entry(kinds.get(info[:6], OTHER), info.split()[oid_at]) for info, path in _lines(out)}


def _batch_reader(git: Git, entries: Mapping[str, Entry]) -> Callable[[Iterable[str]], Iterator[File]]:
    def read(paths: Iterable[str]) -> Iterator[File]:
        wanted = list(paths)
        regular = [path for path in wanted if entries[path].kind == FILE]
        found = read_objects(git, [entries[path].oid for path in regular])
        for path in wanted:
            kind, oid = entries[path]
            if kind != FILE:
                yield File(path, oid, None, not_regular(kind))
                continue
            data = next(found)
            problem = "" if data is not None else f"object {oid[:12]} is missing or larger than {MAX_BYTES} bytes"
            yield File(path, oid, data, problem)

    return read


def read_objects(
    git: Git, oids: list[str], *, limit: int = MAX_BYTES, total: int | None = None
) -> Iterator[bytes | None]:
    """Yields the bytes of these objects in order, None for one that is missing or larger than `limit`.

    Two processes whatever their number: the first asks for the sizes, so that nothing huge is ever read. Raises
    InvalidInput when they have more than `total` bytes together.
    """
    if not oids:
        return
    sizes = git.run("cat-file", "--batch-check=%(objectsize)", stdin="\n".join(oids).encode() + b"\n").text.split("\n")
    small = [size.isdigit() and int(size) <= limit for size in sizes[: len(oids)]]
    if total is not None and sum(int(size) for size, is_small in zip(sizes, small, strict=False) if is_small) > total:
        raise InvalidInput(f"the files have more than {total} bytes together", hint="read fewer", code="too_large")
    found = _objects(git, [oid for oid, is_small in zip(oids, small, strict=True) if is_small])
    yield from (next(found) if is_small else None for is_small in small)


def _objects(git: Git, names: Sequence[str]) -> Iterator[bytes | None]:
    """Yields the bytes of objects by their names (no line ends in them), None for one that is missing."""
    out = git.run("cat-file", "--batch", stdin="\n".join(names).encode() + b"\n").out if names else b""
    at = 0
    for _ in names:
        end = out.index(b"\n", at)
        size = out[at:end].rpartition(b" ")[2]
        if not size.isdigit():
            yield None
            at = end + 1
            continue
        yield out[end + 1 : end + 1 + int(size)]
        at = end + int(size) + 2


def not_regular(kind: str) -> str:
    """Returns why an entry of this kind is not read."""
    return "is a symbolic link" if kind == LINK else "is not a regular file"
