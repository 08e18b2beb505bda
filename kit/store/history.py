"""Looks back along the history of commits: who walks it takes libgit2, which the other commands never load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.store.cat_file import damaged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kit.store.commit import Commit
    from kit.store.objects import Objects


def commits(objects: Objects, *oids: str) -> Iterator[Commit]:
    """Yields the commits reachable from `oids`, newest first and none before its children, each once.

    Raises InvalidInput when one of them is missing or damaged.
    """
    from kit.store import libgit2  # who only may walk a history does not pay for it

    for oid in oids:
        objects.commit(oid)
    return map(objects.commit, libgit2.history(objects.repository, oids))


def versions(objects: Objects, oid: str, path: str) -> Iterator[tuple[Commit, str]]:
    """Yields the commits before `oid` and itself in which the file at `path` was written, newest first.

    With each comes the object id of the file.
    """
    last: tuple[Commit, str] | None = None
    for each in commits(objects, oid):
        blob = objects.blob_id(each.oid, path)
        if last and last[1] not in ("", blob):
            yield last
        last = each, blob
    if last and last[1]:
        yield last


def fork(objects: Objects, one: str, other: str) -> str:
    """Returns the commit where two histories parted (the best, if several are), "" when they have none in common.

    Raises InvalidInput when either is missing.
    """
    return next(iter(forks(objects, one, other)), "")


def forks(objects: Objects, one: str, other: str) -> list[str]:
    """Returns all such commits: more than one where two histories have taken in each other criss-cross."""
    answer = objects.repository.git.run("merge-base", "--all", one, other, codes=(0, 1, 128))
    if answer.code == 128:
        raise damaged(one, answer.complaint)
    return answer.text.split()
