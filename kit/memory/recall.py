"""Finds the reviewed records that answer a question: a pipeline of plain functions from question to answer.

What was searched, what matched, what was left out and why is part of the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kit.errors import InvalidInput
from kit.memory import document
from kit.records import estimate, record, record_type, times
from kit.records.strict_json import Malformed
from kit.safety import paths as globs
from kit.store import derived
from kit.store.index import Index

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from kit.memory.source import Source
    from kit.records.record import Record
    from kit.store.index import Document, Hit
    from kit.store.repository import Repository

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


def recall(
    repository: Repository, source: Source, question: Question, *, now: float, unsearched: Callable[[], int | None]
) -> Answer:
    """Returns the answer to a question from `source`; any text is a legal question.

    `unsearched` is asked last how many records of the work tree are not in the source: it may look meanwhile.

    The index is brought up to date before; when another process is at that, the last good one answers and a note
    says so. Raises KitError when there is no index and none can be built.
    """
    index = open_index(repository, source)
    notes = [*source.notes, *refresh(index, source)]
    hits = index.search(question.text, filters=_filters(question), k=question.k * _MORE)
    fitting = _fitting(source, index, question, hits.hits, now)
    wanted = [each for each in fitting if question.everything or not set(each.marks) & LEFT_OUT]
    wanted.sort(key=lambda each: bool(each.marks))
    items, cut = _fit(wanted, k=question.k, budget=question.budget)
    left_out = tuple(each for each in fitting if each not in wanted)
    return Answer(items, cut, left_out, hits.searched, hits.matched, unsearched(), tuple(notes))


def open_index(repository: Repository, source: Source) -> Index:
    """Returns the index for a source; the reviewed branch, the work tree and other commits have one each."""
    kind = "work-tree" if not source.commit else "reviewed" if source.is_reviewed else "revision"
    return Index(
        derived.make(repository.derived) / "index" / kind, document.fields(source.types), version=source.version
    )


def refresh(index: Index, source: Source) -> Iterator[str]:
    """Brings the index up to date with a source and yields what is to be said about it."""
    unread: list[str] = []
    irregular: set[str] = set()
    if index.tree_id == source.tree_id:
        return

    def entries() -> dict[str, str]:
        listed = {path: oid for path, oid in source.ids().items() if "\n" not in path}
        irregular.update(path for path, oid in listed.items() if not oid)
        return listed

    def load(paths: Sequence[str]) -> Iterator[Document]:
        for file in source.read(paths):
            declared = record_type.of_path(source.types, file.path)
            try:
                if file.data is not None and declared is not None and file.path not in irregular:
                    parsed = record.parse(file.path, file.data)
                    yield document.document(parsed, record_type.told(source.types, declared, parsed.meta))
                elif declared is not None:
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


def _fitting(source: Source, index: Index, question: Question, hits: Sequence[Hit], now: float) -> list[Item]:
    """Returns the records found that are about the paths asked for; no more are read than leave enough to answer."""
    unreviewed = source.unreviewed()
    found: list[Item] = []
    for begin in range(0, len(hits), 2 * question.k):
        if sum(not each.marks for each in found) > question.k:
            break
        scores = {hit.path: hit.score for hit in hits[begin : begin + 2 * question.k]}
        records = [each for each in _read(source, list(scores)) if _is_about(each, question.paths)]
        superseded = _superseded(index, records)
        for each in records:
            marks = _marks(each, now, is_superseded=each.id in superseded, is_reviewed=each.path not in unreviewed)
            size = len(each.body.encode()) + len(str(each.meta.get("title", "")).encode())
            found.append(Item(each, scores[each.path], marks, estimate.tokens(size)))
    return found


def _read(source: Source, paths: list[str]) -> Iterator[Record]:
    """Yields the records found; one that went away in between is left out."""
    for file in source.read(paths):
        try:
            if file.data is not None:
                yield record.parse(file.path, file.data)
        except Malformed:
            continue


def _superseded(index: Index, records: Sequence[Record]) -> set[str]:
    """Returns the ids among these records that another record of the same type says it supersedes."""
    ids = [each.id for each in records]
    if not index.search("", filters={"supersedes": ids}, k=1).searched:
        return set()
    return {
        each.id
        for each in records
        if index.search("", filters={"supersedes": [each.id], "type": [each.type]}, k=1).searched
    }


def _marks(found: Record, now: float, *, is_superseded: bool, is_reviewed: bool) -> tuple[str, ...]:
    status = str(found.meta.get("status", "stable"))
    said = {
        status: status != "stable",
        "stale": _is_stale(found, now),
        "superseded": is_superseded,
        "not reviewed": not is_reviewed,
    }
    return tuple(mark for mark, holds in said.items() if holds)


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
