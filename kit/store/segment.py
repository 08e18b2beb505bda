"""Writes and reads one segment of the index: a set of documents that is written once and never changed.

The only module that imports Whoosh, which keeps the postings; which terms a document has (`tokens`) and
how they are scored (`ranking`) is decided outside. Reading a segment unpickles: only those that
`generation` has recognised may be read.
"""

from __future__ import annotations

import json
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from whoosh import __version__, fields, formats, index
from whoosh.codec.whoosh3 import W3Codec, W3LeafMatcher
from whoosh.reading import TermInfo, TermNotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

ENGINE = "whoosh " + ".".join(str(number) for number in __version__)
_DOCUMENTS = "documents.json"


class Weighed(NamedTuple):
    """One document as it is written: weighted terms, exact keys, and its length in hundredths of a term."""

    path: str
    terms: Mapping[str, float]
    keys: tuple[str, ...]
    length: int


class _Weighted(fields.FieldType):  # type: ignore[misc]
    """Takes a document's terms and their weights as they are."""

    def __init__(self) -> None:
        super().__init__(formats.Existence(), None)

    def index(self, value: Mapping[str, float], **_: object) -> Iterator[tuple[bytes, int, float, bytes]]:
        return ((_encoded(term), 1, weight, b"") for term, weight in value.items())


class _Postings(W3LeafMatcher):  # type: ignore[misc]
    """Reads the postings of a term block by block: one at a time costs Whoosh three calls each."""

    def all(self) -> tuple[list[int], list[float]]:
        numbers: list[int] = []
        weights: list[float] = []
        while self.is_active():
            self.id(), self.weight()  # loads the block
            numbers += self._ids
            weights += self._weights
            self.skip_to(self.block_max_id() + 1)
        return numbers, weights


class _Codec(W3Codec):  # type: ignore[misc]
    """Keeps no field lengths beside the postings: Whoosh would look for them once per posting."""

    length_stats = False

    def postings_reader(
        self, dbfile: object, terminfo: TermInfo, format_: object, term: object = None, scorer: object = None
    ) -> _Postings:
        return _Postings(dbfile, *terminfo.extent(), format_, term=term, scorer=scorer)


def _schema() -> fields.Schema:
    return fields.Schema(terms=_Weighted(), keys=_Weighted())


@lru_cache(maxsize=1 << 16)
def _encoded(term: str) -> bytes:
    return term.encode("utf-8", "surrogatepass")


def write(folder: Path, documents: Iterable[Weighed]) -> list[str]:
    """Writes a segment into a new folder and returns the paths in the order of their document numbers."""
    folder.mkdir(mode=0o700)
    # Large blocks: a search reads every posting of its terms, so there is nothing to skip to.
    writer = index.create_in(str(folder), _schema()).writer(
        limitmb=1024, codec=_Codec(blocklimit=1024, compression=1, inlinelimit=0)
    )
    paths: list[str] = []
    lengths: list[int] = []
    try:
        for document in documents:
            writer.add_document(terms=document.terms, keys=dict.fromkeys(document.keys, 1.0))
            paths.append(document.path)
            lengths.append(document.length)
        writer.commit()
    except BaseException:
        with suppress(Exception):  # It cannot close its files either when the disk is full.
            writer.cancel()
        raise
    (folder / _DOCUMENTS).write_text(json.dumps({"paths": paths, "lengths": lengths}), "utf-8")
    return paths


def documents(folder: Path) -> tuple[list[str], list[int]]:
    """Returns the path and the length of every document of a segment, by number."""
    kept = json.loads((folder / _DOCUMENTS).read_text("utf-8"))
    return kept["paths"], kept["lengths"]


class Segment:
    """A segment opened for reading; stays readable when its folder is deleted meanwhile (POSIX)."""

    def __init__(self, folder: Path) -> None:
        self.paths, self.lengths = documents(folder)
        self._reader = index.open_dir(str(folder), schema=_schema()).reader()
        self._holding: dict[str, set[int]] = {}

    def frequency(self, term: str) -> int:
        """Returns how many documents of the segment have the term."""
        return int(self._reader.doc_frequency("terms", _encoded(term)))

    def postings(self, term: str) -> tuple[list[int], list[float]]:
        """Returns the numbers of the documents that have the term, and its weight in each."""
        return self._read("terms", term)

    def holding(self, key: str) -> set[int]:
        """Returns the numbers of the documents that have the key; the set is kept for the next question."""
        if key not in self._holding:
            self._holding[key] = set(self._read("keys", key)[0])
        return self._holding[key]

    def close(self) -> None:
        self._reader.close()

    def _read(self, field: str, term: str) -> tuple[list[int], list[float]]:
        try:
            postings: _Postings = self._reader.postings(field, _encoded(term))
        except TermNotFound:
            return [], []
        return postings.all()
