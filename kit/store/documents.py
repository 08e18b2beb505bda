"""The values that go in and out of the index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Field(NamedTuple):
    """A field of documents: text, where a word counts `boost` times, or a keyword to filter by."""

    name: str
    kind: Literal["text", "keyword"]
    boost: float = 1.0


class Document(NamedTuple):
    """What is indexed of one path; a missing field is empty, one that the index lacks is ignored."""

    path: str
    fields: Mapping[str, str | Sequence[str]]


class Hit(NamedTuple):
    """A document that answers, by its path; scores compare only within one search."""

    path: str
    score: float


class Hits(NamedTuple):
    """The best documents; how many passed the filters (`searched`), and how many of those matched."""

    hits: list[Hit]
    matched: int
    searched: int


class Refreshed(NamedTuple):
    """What a refresh did; `busy` or `failed` say why the index still holds the tree it held before."""

    loaded: int = 0
    removed: int = 0
    busy: bool = False
    failed: str = ""


class Status(NamedTuple):
    """What the index holds now; `bytes` counts everything in its folder."""

    generation: int
    tree_id: str | None
    documents: int
    segments: int
    bytes: int
    stamp: str
