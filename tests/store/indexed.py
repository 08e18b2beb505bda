"""A tree of files as the index sees it, for the tests of the index and the processes they start."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from kit.store.index import Document, Field, Index, Refreshed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FIELDS = (Field("title", "text", 3.0), Field("body", "text"), Field("language", "keyword"))
FILES = {
    "a.md": "Retry a push\nThe remote answers 503 until the lock is gone. #python",
    "b.md": "Locks\nA stale index.lock blocks every commit, push and rebase. #python #rust",
    "c.md": "Parsing\nA byte-order mark hides the front matter.",
    "empty.txt": "",
}


class Files:
    """A tree of files as the index sees it: the first line is the title, #words are the languages."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = dict(files)
        self.loaded: list[str] = []

    @property
    def tree_id(self) -> str:
        return oid(repr(sorted(self.files.items())))

    def entries(self) -> dict[str, str]:
        return {path: oid(text) for path, text in self.files.items()}

    def load(self, paths: Sequence[str]) -> Iterator[Document]:
        self.loaded += paths
        for path in paths:
            title, _, body = self.files[path].partition("\n")
            languages = [word[1:] for word in body.split() if word.startswith("#")]
            if title:
                yield Document(path, {"title": title, "body": body, "language": languages})

    def refresh(self, index: Index, **options: float) -> Refreshed:
        self.loaded.clear()
        return index.refresh(self.tree_id, self.entries, self.load, **options)


def oid(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def found(index: Index, query: str, **options: object) -> list[str]:
    return [hit.path for hit in index.search(query, k=10, **options).hits]  # type: ignore[arg-type]
