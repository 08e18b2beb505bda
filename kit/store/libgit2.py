"""The one place that imports pygit2: it walks long histories in this process, which git would print as text.

Importing it costs half of what a claim takes (docs/benchmarks.md), so nothing else of the live plane needs it. It
moves no ref: libgit2's local push is not a compare-and-swap (example-repo/decisions).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pygit2

from kit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kit.store.repository import Repository


def history(repository: Repository, oids: Sequence[str]) -> Iterator[str]:
    """Yields the ids of the commits reachable from `oids`, newest first and none before its children, each once.

    Raises InvalidInput when the repository cannot be opened; LookupError, ValueError or GitError (an Exception of
    pygit2's own) become InvalidInput too, for an object that is missing or damaged.
    """
    try:
        walker = _open(repository).walk(None, pygit2.enums.SortMode.TIME | pygit2.enums.SortMode.TOPOLOGICAL)
        for oid in oids:
            walker.push(oid)
        for found in walker:
            yield str(found.id)
    except (pygit2.GitError, LookupError, ValueError) as error:
        raise InvalidInput(
            f"the history of {', '.join(each[:12] for each in oids[:3])} is damaged: {error}",
            hint="run kit sync, then git fsck",
            code="missing",
        ) from None


def _open(repository: Repository) -> pygit2.Repository:
    flags = pygit2.enums.RepositoryOpenFlag.NO_SEARCH
    if repository.is_bare:
        flags |= pygit2.enums.RepositoryOpenFlag.BARE
    try:
        return pygit2.Repository(str(repository.top), flags)
    except pygit2.GitError as error:
        hint = "run git status to see why"
        if "not owned by" in str(error):
            hint = "the repository belongs to someone else: git config --global --add safe.directory <path>"
        raise InvalidInput(f"the repository cannot be opened: {error}", hint=hint, code="git") from None
