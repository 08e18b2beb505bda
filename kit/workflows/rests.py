"""Records that rest on sessions: blocks, facts and candidates whose sources name one; and decisions about a commit."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.errors import InvalidInput, KitError, NotFound
from kit.records import ids, record
from kit.safety import paths as globs
from kit.sessions import trace
from kit.store import knowledge as knowing
from kit.store import plain_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kit.records.record import Record
    from kit.store.knowledge import Knowledge
    from kit.store.repository import Repository
    from kit.store.store import Store
    from kit.workflows.history import Commit

CANDIDATES = (".kit/candidates", "candidates")
MAX_QUOTED = 4 << 20
MAX_LINES = 2000
_PREFIX = "kit:sessions/"
_HEX = re.compile(r"\b[0-9a-f]{7,64}\b")
_NAMED = re.compile(r"(?:^[ \t]*Kit-Decision:[ \t]*|\bdecisions/)([a-z0-9][a-z0-9._-]{0,79})", re.MULTILINE)


class Source(NamedTuple):
    """What a record rests on: a range of a session, or another address; `says` is None where that cannot be looked at.

    `is_here` tells whether the session is on this machine.
    """

    resource: str
    session: str
    first: int
    last: int | None
    excerpt: str
    is_here: bool = False
    says: bool | None = None


class Resting(NamedTuple):
    """A record and what it rests on."""

    path: str
    type: str
    id: str
    title: str
    sources: tuple[Source, ...]

    def record(self) -> dict[str, object]:
        """Returns it as JSON."""
        return {**self._asdict(), "sources": [each._asdict() for each in self.sources]}


class Decision(NamedTuple):
    """A decision about a commit or a file, and why it is named."""

    id: str
    path: str
    title: str
    why: str


def of_id(repository: Repository, store: Store, name: str) -> Resting:
    """Returns a block, fact or candidate of that id, its quotations looked up. Raises NotFound."""
    ids.check(name)
    for path, read in _records(repository, name.encode()):
        if read.id == name:
            found = _resting(path, read)
            return found._replace(sources=tuple(_looked_up(store, each) for each in found.sources))
    raise NotFound(f"there is no block, fact or candidate {name!r}", hint="kit list --type block", value=name)


def on_session(repository: Repository, session: str) -> list[Resting]:
    """Returns the blocks, facts and candidates whose sources name a session."""
    harness, _, name = session.partition("/")
    found = []
    for path, read in _records(repository, f"{_PREFIX}{harness}/".encode()):
        resting = _resting(path, read)
        mine = tuple(each for each in resting.sources if _is_named(each.session, harness, name))
        if mine:
            found.append(resting._replace(sources=mine))
    return found


def decisions(repository: Repository, commit: Commit | None, *, paths: Iterable[str] = ()) -> list[Decision]:
    """Returns the decisions that a commit names, that name it or its sessions, or that apply to one of the paths."""
    named = set(_NAMED.findall(commit.message)) if commit else set()
    found = []
    for path, data in _files(knowing.in_work_tree(repository), "decision"):
        name = path.rpartition("/")[2].removesuffix(".md")
        text = data.decode("utf-8", "replace")
        why = ""
        if name in named or f"{name}.md" in named:
            why = "the commit's message names it"
        elif commit and any(commit.oid.startswith(each) for each in _HEX.findall(text) if commit.oid):
            why = "it names the commit"
        elif commit and (session := next((each for each in commit.sessions if each in text), "")):
            why = f"it names {session}"
        elif any(_applies(read, each) for each in paths if (read := _parsed(path, data)) is not None):
            why = "it applies to this path"
        if why:
            read = _parsed(path, data)
            found.append(Decision(name, path, str(read.meta.get("title", "")) if read else "", why))
    return found


def _applies(read: Record, path: str) -> bool:
    scope = read.meta.get("applies_to")
    told = scope.get("paths") if isinstance(scope, dict) else None
    listed = told if isinstance(told, list) else []
    return any(isinstance(each, str) and len(each) < 400 and globs.matches(each, path) for each in listed[:50])


def _is_named(session: str, harness: str, name: str) -> bool:
    of, _, prefix = session.partition("/")
    return of == harness and len(prefix) >= trace.SHORTEST - 1 and name.startswith(prefix)


def _records(repository: Repository, word: bytes) -> Iterator[tuple[str, Record]]:
    """Yields the blocks, facts and candidates in whose bytes a word stands."""
    known = knowing.in_work_tree(repository)
    for path, data in (*_files(known, "block"), *_files(known, "fact"), *_candidates(repository)):
        if word in data and (read := _parsed(path, data)) is not None:
            yield path, read


def _files(known: Knowledge, kind: str) -> Iterator[tuple[str, bytes]]:
    for file in known.tree.read(place.path for place in known.places(kind)):
        if file.data is not None:
            yield known.full(file.path), file.data


def _candidates(repository: Repository) -> Iterator[tuple[str, bytes]]:
    for folder in () if repository.is_bare else CANDIDATES:
        place = repository.top / folder
        if place.is_symlink() or not place.is_dir():
            continue
        for file in sorted(place.glob("*.md"))[:MAX_LINES]:
            try:
                yield f"{folder}/{file.name}", plain_file.read(file, limit=record.MAX_BYTES)
            except KitError:
                continue  # no regular file: kit distill writes no such thing


def _parsed(path: str, data: bytes) -> Record | None:
    try:
        return record.parse(path, data)
    except InvalidInput:
        return None


def _resting(path: str, read: Record) -> Resting:
    told = read.meta.get("sources")
    sources = [_source(each) for each in (told if isinstance(told, list) else [])[:100] if isinstance(each, dict)]
    return Resting(path, read.type, read.id, str(read.meta.get("title", "")), tuple(sources))


def _source(told: dict[str, Any]) -> Source:
    resource, excerpt = str(told.get("resource", "")), str(told.get("excerpt", ""))
    if resource.startswith(_PREFIX):
        try:
            where = trace.address(resource)
        except InvalidInput:
            pass
        else:
            return Source(resource, where.name, where.first, where.last, excerpt)
    return Source(resource, "", 0, None, excerpt)


def _looked_up(store: Store, source: Source) -> Source:
    """Says whether the session is here and whether its lines say what was quoted."""
    if not source.session:
        return source
    try:
        found = trace.find(store, source.session)
        if not source.excerpt:
            return source._replace(is_here=True)
        last = min(source.last or source.first, source.first + MAX_LINES)
        said: list[str] = []
        room = MAX_QUOTED
        for _, data in trace.records(store, found, source.first, last):
            said += _texts(data[:room])
            room -= len(data)
            if room <= 0:
                break
    except KitError:
        return source
    quoted = " ".join(source.excerpt.split())
    return source._replace(is_here=True, says=quoted in " ".join(" ".join(said).split()))


def _texts(data: bytes) -> list[str]:
    """Returns the texts in a JSON record, of anything else the whole."""
    try:
        waiting = [json.loads(data)]
    except (ValueError, RecursionError):
        return [data.decode("utf-8", "replace")]
    found: list[str] = []
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            found.append(value)
        else:
            inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
            waiting += reversed(list(inner))
    return found
