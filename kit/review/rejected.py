"""Whether a candidate was rejected before: the records of it on the reviewed branch and on the branches here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kit.review import verdict
from kit.store import tree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kit.records.record import Record
    from kit.store.repository import Repository


def find(repository: Repository, subject: Record, commits: Iterable[str]) -> dict[str, Any] | None:
    """Returns the response that rejects what a candidate says, or the problem it solves; None when there is none."""
    print_ = subject.meta.get("fingerprint")
    for commit in commits:
        for meta in _responses(repository, commit):
            is_same_problem = isinstance(print_, str) and meta.get("fingerprint") == print_
            if meta.get("decision") == "rejected" and (is_same_problem or meta.get("digest") == subject.digest()):
                return meta
    return None


def _responses(repository: Repository, commit: str) -> Iterable[dict[str, Any]]:
    found = tree.commit_tree(repository.git, commit, root=repository.root, folders=[verdict.FOLDER])
    paths = [path for path in found.entries if path.endswith(f"/{verdict.RESPONSE}.json")]
    return verdict.read({file.path: file.data for file in found.read(paths)}, "response").values()
