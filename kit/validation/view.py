"""One state of a repository to be looked at: the work tree, what is staged, or a commit.

A Tree holds the files of some folders; links lead to any file, so a view also knows the names of all others.
"""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from kit.store import derived, disk, tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from kit.store.git import Git
    from kit.store.tree import Tree

_HIDDEN = frozenset((".git", ".kit"))


@dataclass(frozen=True)
class View:
    """`open` reads some folders, `exists` answers for any path, `names` lists the folders in one.

    `tracked` are files of the derived folder that are committed. Paths are relative to the repository's top.
    """

    open: Callable[[Iterable[str]], Tree]
    exists: Callable[[str], bool]
    names: Callable[[str], list[str]]
    tracked: tuple[str, ...] = ()


def of_work_tree(top: Path, git: Git | None = None) -> View:
    """Returns the view of the files as they stand on disk; without `git` of a folder that is no repository."""

    def names(folder: str) -> list[str]:
        try:
            return sorted(each.name for each in os.scandir(top / folder) if each.is_dir(follow_symlinks=False))
        except OSError:
            return []

    def exists(path: str) -> bool:
        return _is_visible(path) and os.path.lexists(top / path)

    tracked = derived.tracked(git) if git else ()
    return View(lambda folders: disk.work_tree(top, folders=folders), exists, names, tracked)


def of_commit(git: Git, revision: str) -> View:
    """Returns the view of a commit. Raises NotFound when `revision` names none."""
    oid = tree.resolve(git, revision)
    listing = cache(lambda: _listed(git.run("ls-tree", "-r", "-z", "--full-tree", "--name-only", oid).text))
    return View(lambda folders: tree.commit_tree(git, oid, folders=folders), *_lookups(listing), derived.tracked(git))


def of_index(git: Git) -> View:
    """Returns the view of what is staged."""
    listing = cache(lambda: _listed(git.run("ls-files", "-z", "--full-name", "--", ":/").text))
    return View(lambda folders: tree.staged_tree(git, folders=folders), *_lookups(listing), derived.tracked(git))


def gone(git: Git, base: str, *, is_staged: bool) -> list[str]:
    """Returns the files of a commit that are not there any more, in the work tree or in what is staged."""
    cached = ["--cached"] if is_staged else []
    names = ("--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--diff-filter=D")
    return list(filter(None, git.compare("diff", *cached, *names, base, "--").text.split("\0")))


def empty() -> View:
    """Returns the view of a repository before its first commit."""
    nothing = tree.Tree("nothing", "", {}, lambda _: iter(()))
    return View(lambda _: nothing, lambda _: False, lambda _: [])


def _lookups(
    listing: Callable[[], tuple[frozenset[str], dict[str, set[str]]]],
) -> tuple[Callable[[str], bool], Callable[[str], list[str]]]:
    def exists(path: str) -> bool:
        files, folders = listing()
        return _is_visible(path) and (path in files or path in folders)

    return exists, lambda folder: sorted(listing()[1].get(folder, ()))


def _listed(text: str) -> tuple[frozenset[str], dict[str, set[str]]]:
    """Returns all files, and the folders with the names of the folders in them."""
    files = frozenset(text.split("\0")) - {""}
    folders: dict[str, set[str]] = {"": set()}
    for path in files:
        folder = posixpath.dirname(path)
        while folder not in folders:
            folders[folder] = set()
            folder = posixpath.dirname(folder)
    for folder in folders:
        if folder:
            folders[posixpath.dirname(folder)].add(posixpath.basename(folder))
    return files, folders


def _is_visible(path: str) -> bool:
    """Says whether a path can be meant by a link: not what git and kit keep for themselves."""
    return "\0" not in path and path.split("/", 1)[0] not in _HIDDEN
