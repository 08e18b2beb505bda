"""Finds the reviewed records that answer a question: a pipeline of plain functions from question to answer.

What was searched, what matched, what was left out and why is part of the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kit.errors import InvalidInput
from kit.memory import document
from kit.memory.source import Unsearched
from kit.records import record, times
from kit.records.strict_json import Malformed
from kit.safety import paths as globs
from kit.store import derived
from kit.store.index import Index

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from kit.memory.source import Source
    from kit.records.record import Record
    from kit.records.record_type import RecordType
    from kit.store.index import Document, Hit
    from kit.store.repository import Repository

BYTES_PER_TOKEN = 4
#: Marks of records that are left out unless everything is asked for.
LEFT_OUT = frozenset({"draft", "deprecated", "stale", "superseded"})
_MORE = 4  # how many times k are looked at, so that what is left out leaves room for what follows


class Question(NamedTuple):
    """What is asked; empty filters let everything pass. `budget` is in tokens (estimated: four bytes each)."""

    text: str
    k: int = 5
    budget: int = 2000
    types: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    everything: bool = False


class Item(NamedTuple):
    """A record that answers; `marks` say why it is to be read with care (draft, deprecated, stale, superseded)."""

    record: Record
    score: float
    marks: tuple[str, ...]
    tokens: int


class Answer(NamedTuple):
    """What was found: `items` within the budget, `cut` for the budget's or k's sake, `left_out` for what they are.

    `searched` and `matched` count records; `unsearched` those of the work tree that are not in what was searched.
    """

    items: tuple[Item, ...]
    cut: tuple[Item, ...]
    left_out: tuple[Item, ...]
    searched: int
    matched: int
    unsearched: int | None
    notes: tuple[str, ...]


def recall(repository: Repository, source: Source, question: Question, *, now: float) -> Answer:
    """Returns the answer to a question from `source`; any text is a legal question.

    The index is brought up to date before; when another process is at that, the last good one answers and a note
    says so. Raises KitError when there is no index and none can be built.
    """
    unsearched = Unsearched(repository, source)
    index = open_index(repository, source)
    notes = [*source.notes, *refresh(index, source)]
    hits = index.search(question.text, filters=_filters(question), k=question.k * _MORE)
    unreviewed = source.unreviewed()
    found = [
        _item(each, score, index, now, is_reviewed=each.path not in unreviewed)
        for each, score in _read(source, hits.hits)
    ]
    fitting = [each for each in found if _is_about(each.record, question.paths)]
    wanted = [each for each in fitting if question.everything or not set(each.marks) & LEFT_OUT]
    wanted.sort(key=lambda each: bool(each.marks))
    items, cut = _fit(wanted, k=question.k, budget=question.budget)
    left_out = tuple(each for each in fitting if each not in wanted)
    return Answer(items, cut, left_out, hits.searched, hits.matched, unsearched.count(), tuple(notes))


def open_index(repository: Repository, source: Source) -> Index:
    """Returns the index for a source; the reviewed branch, the work tree and other commits have one each."""
    kind = "work-tree" if not source.commit else "reviewed" if source.is_reviewed else "revision"
    return Index(
        derived.make(repository.derived) / "index" / kind, document.fields(source.types), version=source.version
    )


def refresh(index: Index, source: Source) -> Iterator[str]:
    """Brings the index up to date with a source and yields what is to be said about it."""
    unread: list[str] = []
    if index.tree_id == source.tree_id:
        return
    tree = source.tree()

    def entries() -> dict[str, str]:
        return {path: each.oid for path, each in tree.entries.items() if _type_of(source, path)}

    def load(paths: Sequence[str]) -> Iterator[Document]:
        for file in tree.read(paths):
            declared = _type_of(source, file.path)
            try:
                if file.data is not None and declared is not None:
                    yield document.document(record.parse(file.path, file.data), declared)
                else:
                    unread.append(file.path)
            except Malformed:
                unread.append(file.path)

    done = index.refresh(source.tree_id, entries, load)
    if done.busy:
        yield "another process is bringing the index up to date; this answer is from the last one"
    if done.failed:
        yield f"the index could not be brought up to date ({done.failed}); this answer is from the last one"
    if unread:
        yield f"{len(unread)} files cannot be read as records: kit validate says why"


def _filters(question: Question) -> dict[str, Collection[str]]:
    """Returns what a record must hold; "" stands for holding nothing, which fits every scope."""
    scopes = {"languages": question.languages, "frameworks": question.frameworks, "errors": question.errors}
    found: dict[str, Collection[str]] = {name: (*values, "") for name, values in scopes.items() if values}
    if question.types:
        found["type"] = question.types
    if question.tags:
        found["tags"] = question.tags
    if not question.everything:
        found["status"] = ("stable", "")
    return found


def _read(source: Source, hits: Iterable[Hit]) -> Iterator[tuple[Record, float]]:
    """Yields the records found; one that went away in between is left out."""
    scores = {hit.path: hit.score for hit in hits}
    for file in source.read(list(scores)):
        try:
            if file.data is not None:
                yield record.parse(file.path, file.data), scores[file.path]
        except Malformed:
            continue


def _item(found: Record, score: float, index: Index, now: float, *, is_reviewed: bool) -> Item:
    marks = [str(found.meta["status"])] if found.meta.get("status", "stable") != "stable" else []
    if _is_stale(found, now):
        marks.append("stale")
    if index.search("", filters={"supersedes": [found.id], "type": [found.type]}, k=1).searched:
        marks.append("superseded")
    if not is_reviewed:
        marks.append("not reviewed")
    size = len(found.body.encode()) + len(str(found.meta.get("title", "")).encode())
    return Item(found, score, tuple(marks), -(-size // BYTES_PER_TOKEN))


def _is_stale(found: Record, now: float) -> bool:
    """Whether the record's `stale_after` day is over everywhere; a date that is none counts as over."""
    day = found.meta.get("stale_after")
    if day is None:
        return False
    try:
        return now >= times.seconds(f"{day}T23:59:59Z")
    except InvalidInput:
        return True


def _is_about(found: Record, paths: Sequence[str]) -> bool:
    scope: Any = found.meta.get("applies_to")
    mine = scope.get("paths") if isinstance(scope, dict) else None
    if not paths or not isinstance(mine, list):
        return True
    return any(globs.matches(str(glob), path) for glob in mine for path in paths)


def _fit(found: Sequence[Item], *, k: int, budget: int) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """Returns the items kept and those cut: the best first, whole ones only, never more than k or the budget."""
    kept: list[Item] = []
    cut: list[Item] = []
    left = budget
    for each in found:
        if len(kept) < k and each.tokens <= left:
            kept.append(each)
            left -= each.tokens
        else:
            cut.append(each)
    return tuple(kept), tuple(cut)


def _type_of(source: Source, path: str) -> RecordType | None:
    return next((each for each in source.types if each.match(path) is not None), None)
