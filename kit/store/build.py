"""Brings the index to a tree: loads what changed, writes it as a new segment, makes it current.

Small segments are written anew together with what changed, so that there are only about log2 of them; what
is replaced in a larger one is only noted. Nothing that a reader may have open is changed.
"""

from __future__ import annotations

import json
import shutil
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import filelock

from kit.errors import KitError, TimedOut
from kit.store import segment, tokens
from kit.store.documents import Refreshed
from kit.store.generation import CURRENT, Generation, Kept, current, fingerprint, is_private, publish

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from kit.store.documents import Document, Field

# Characters of one document that are indexed, in the order of the index's fields.
LONGEST_DOCUMENT = 256 * 1024
# Whoosh sorts a segment's postings in memory, at some 130 bytes each; on disk it takes twice the time.
_MOST_POSTINGS = 1_000_000
# Documents of a segment that is worth writing anew, so that there are fewer segments to search.
_SMALL = 2000
_OBJECTS = "objects.json"
_SEGMENT = "segment-"


class _Held(NamedTuple):
    """A segment as its writer knows it: its living documents, and paths found to have no document."""

    kept: Kept
    gone: set[int]
    living: dict[str, tuple[str, int]]
    empty: dict[str, str]


class Build(NamedTuple):
    """One refresh of the index in `folder` to the tree `tree_id`."""

    folder: Path
    stamp: str
    fields: Sequence[Field]
    tree_id: str
    entries: Callable[[], Mapping[str, str]]
    load: Callable[[Sequence[str]], Iterable[Document]]

    def run(self, *, patience: float) -> Refreshed:
        """Makes the tree's generation current, unless another process is writing one.

        While there is a generation to answer from, it neither waits nor fails: it says `busy` or `failed`.
        Without one it waits `patience` seconds for the other writer (TimedOut), and raises KitError when
        the folder cannot be written. What `entries` and `load` raise goes through, except an OSError.
        """
        before = current(self.folder, stamp=self.stamp)
        try:
            _prepare(self.folder)
            with lock(self.folder).acquire(timeout=0 if before else patience):
                return self._run()
        except filelock.Timeout:
            if before:
                return Refreshed(busy=True)
            raise _still_writing(patience) from None
        except OSError as fault:
            if before:
                return Refreshed(failed=str(fault))
            raise _unwritable(self.folder, fault) from fault

    def _run(self) -> Refreshed:
        before = current(self.folder, stamp=self.stamp)
        if before and before.tree == self.tree_id:
            return Refreshed()
        wanted = self.entries()
        held = _held(self.folder, before)
        removed = sum(_bury(each, wanted) for each in held)
        known = set[str]().union(*(each.living for each in held))
        known.update(path for each in held for path, oid in each.empty.items() if wanted.get(path) == oid)
        loading = {path: oid for path, oid in wanted.items() if path not in known}
        loaded = len(loading)
        staying: list[Kept] = []
        empty: dict[str, str] = {}
        for each in sorted(held, key=lambda each: len(each.living)):
            small = len(each.living) <= min(len(loading), _SMALL)
            if small or len(each.gone) > len(each.living):
                loading |= {path: oid for path, (oid, _) in each.living.items()}
                empty |= {path: oid for path, oid in each.empty.items() if wanted.get(path) == oid}
            else:
                staying.append(each.kept._replace(gone=frozenset(each.gone)))
        number = before.number + 1 if before else 1
        try:
            staying.extend(self._write(loading, empty))
            generation = Generation(number, self.tree_id, segment.ENGINE, tuple(staying))
            publish(self.folder, generation, stamp=self.stamp)
        except BaseException:
            sweep(self.folder, spared={kept.name for kept in before.segments} if before else ())
            raise
        # Another process may have read the generation before and not have opened its segments yet.
        spared = (*staying, *(before.segments if before else ()))
        sweep(self.folder, spared={kept.name for kept in spared})
        return Refreshed(loaded, removed)

    def _write(self, loading: dict[str, str], empty: dict[str, str]) -> Iterator[Kept]:
        postings = 0

        def batch(entry: segment.Weighed) -> int:
            nonlocal postings
            postings += len(entry.terms)
            return postings // _MOST_POSTINGS

        number = 1 + max((int(each.name.removeprefix(_SEGMENT)) for each in _segments(self.folder)), default=0)
        for _, entries in groupby(self._loaded(loading), key=batch):
            folder = self.folder / f"{_SEGMENT}{number:06d}"
            number += 1
            paths = segment.write(folder, entries)
            yield _kept(folder, {path: loading.pop(path) for path in paths}, {})
        if loading or empty:
            folder = self.folder / f"{_SEGMENT}{number:06d}"
            folder.mkdir(mode=0o700)
            yield _kept(folder, {}, {**empty, **loading})

    def _loaded(self, loading: Mapping[str, str]) -> Iterator[segment.Weighed]:
        waiting = set(loading)
        for document in self.load(sorted(loading)):
            if document.path in waiting:
                waiting.remove(document.path)
                yield weighed(document, self.fields)


def weighed(document: Document, fields: Sequence[Field]) -> segment.Weighed:
    """Returns a document as it is indexed: a term counts once per occurrence, times the boost."""
    found: dict[str, float] = {}
    keys: list[str] = []
    room = LONGEST_DOCUMENT
    for field in fields:
        given = document.fields.get(field.name, ())
        values = [given] if isinstance(given, str) else given
        if field.kind == "keyword":
            keys.extend({tokens.key(field.name, value) for value in values} or {tokens.key(field.name, "")})
            continue
        for value in values:
            for term, weight in tokens.terms(value[:room]).items():
                found[term] = found.get(term, 0.0) + weight * field.boost
            room = max(room - len(value), 0)
    return segment.Weighed(document.path, found, tuple(keys), round(100 * sum(found.values())))


def lock(folder: Path) -> filelock.BaseFileLock:
    """Returns the lock that every writer of the index holds; the system frees it when its holder dies."""
    file = folder / "lock"
    if file.is_symlink():  # Older releases of filelock would empty what it leads to.
        file.unlink()
    return filelock.FileLock(file)


def drop(folder: Path, *, patience: float) -> None:
    """Deletes what the index holds; raises TimedOut when a writer is at work for `patience` seconds."""
    if not folder.exists():
        return
    _prepare(folder)
    try:
        with lock(folder).acquire(timeout=patience):
            (folder / CURRENT).unlink(missing_ok=True)
            sweep(folder)
    except filelock.Timeout:
        raise _still_writing(patience) from None
    except OSError as fault:
        raise _unwritable(folder, fault) from fault


def sweep(folder: Path, *, spared: Collection[str] = ()) -> None:
    """Removes the segments that are not spared, as far as the system allows: Windows keeps what is open."""
    for each in _segments(folder):
        if each.name not in spared:
            shutil.rmtree(each, ignore_errors=True)


def _prepare(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not is_private(folder):
        (folder / CURRENT).unlink(missing_ok=True)
        sweep(folder)
        folder.chmod(0o700)


def _still_writing(patience: float) -> TimedOut:
    return TimedOut(f"another process has been writing the search index for {patience:.0f} s", hint="try again")


def _unwritable(folder: Path, fault: OSError) -> KitError:
    hint = f"make room, or make {folder} writable"
    return KitError(f"the search index cannot be written: {fault}", code="index", hint=hint)


def _segments(folder: Path) -> Iterator[Path]:
    return (each for each in folder.glob(f"{_SEGMENT}*") if each.name.removeprefix(_SEGMENT).isdecimal())


def _held(folder: Path, before: Generation | None) -> list[_Held]:
    if before is None or before.engine != segment.ENGINE:
        return []
    try:
        return [_read(folder / kept.name, kept) for kept in before.segments]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _kept(folder: Path, entries: Mapping[str, str], empty: Mapping[str, str]) -> Kept:
    text = json.dumps({"oids": list(entries.values()), "empty": empty})
    (folder / _OBJECTS).write_text(text, "utf-8")
    return Kept(folder.name, len(entries), fingerprint(folder), frozenset())


def _read(folder: Path, kept: Kept) -> _Held:
    entries = json.loads((folder / _OBJECTS).read_text("utf-8"))
    paths = segment.documents(folder)[0] if kept.documents else []
    both = enumerate(zip(paths, entries["oids"], strict=True))
    living = {path: (oid, number) for number, (path, oid) in both if number not in kept.gone}
    return _Held(kept, set(kept.gone), living, entries["empty"])


def _bury(held: _Held, wanted: Mapping[str, str]) -> int:
    # Takes the documents that are replaced or removed out of the living; returns how many are removed.
    buried = [path for path, (oid, _) in held.living.items() if wanted.get(path) != oid]
    held.gone.update(held.living.pop(path)[1] for path in buried)
    return sum(path not in wanted for path in buried)
