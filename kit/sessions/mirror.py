"""Mirrors a session: reads what is new of a transcript, redacts it, and commits it in one step with how far it has read.

Nothing touches disk or the object store before it is redacted. How far was read stands in the commit itself: a crash
at any step repeats work, and loses or doubles nothing; local state beside git is never needed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from kit.errors import Taken
from kit.records import times
from kit.sessions import key_block, record, shorten
from kit.sessions.record import META, Meta, Notice, added
from kit.sessions.tail import Tail
from kit.store.objects import Blob
from kit.store.store import Change, Stale

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kit.harnesses.harness import Chunk, Harness, Source
    from kit.safety.redact import Redactor
    from kit.store.author import Author
    from kit.store.store import Store

EVENT = "mirror"
#: Bytes of a source that are read, redacted and held at once; one record may be longer.
CHUNK = 256 << 10
#: Redacted bytes after which a long mirror commits what it has: a crash repeats no more than that.
BATCH = 16 << 20
TRIES = 20
_LONGEST_CURSOR = 4096


class Settings(NamedTuple):
    """How sessions are mirrored: sizes in bytes; `is_full` keeps copies of files and images; `home` is written as ~."""

    max_part: int
    max_session: int
    home: str = ""
    is_full: bool = False
    min_bytes: int = 1


class Mirrored(NamedTuple):
    """What one mirror of a session did: how much was added and what was taken out of it, by kind.

    `oid` is the commit that holds it, `notices` what had happened to the source, `left_out` what was not kept.
    """

    harness: str
    session: str
    oid: str
    lines: int = 0
    bytes: int = 0
    redacted: Mapping[str, int] = {}
    left_out: Mapping[str, int] = {}
    bad: int = 0
    notices: tuple[str, ...] = ()
    parts: int = 0
    commits: int = 0


def mirror(
    store: Store,
    harness: Harness,
    source: Source,
    *,
    author: Author,
    redactor: Callable[[], Redactor],
    settings: Settings,
) -> Mirrored:
    """Commits what is new of a source to its session's ref here; nothing is sent.

    Another process may do the same at the same time: who is later reads on from where the other ended. `redactor` is
    asked for only when there is something to redact. Raises Taken when others kept being quicker, NotWritten when it
    cannot be written; what was committed before stays.
    """
    done = Mirrored(source.harness, source.session, "")
    tries = 0
    while True:
        try:
            once = _once(store, harness, source, author=author, redactor=redactor, settings=settings)
        except Stale:
            tries += 1
            if tries == TRIES:
                raise Taken(
                    f"other processes kept mirroring {source.harness}/{source.session}", hint="run it again"
                ) from None
            continue
        done = _sum(done, once.done)
        if once.is_end:
            return done


class _Once(NamedTuple):
    done: Mirrored
    is_end: bool


def _once(
    store: Store,
    harness: Harness,
    source: Source,
    *,
    author: Author,
    redactor: Callable[[], Redactor],
    settings: Settings,
) -> _Once:
    """Reads up to BATCH bytes on from what is committed now, and commits them. Raises Stale when another was quicker."""
    ref = record.ref_of(source.harness, source.session)
    oid = store.own_tip(ref)
    meta, standing = _standing(store, ref, oid)
    limit = max(settings.max_part, settings.max_session // record.MOST_PARTS)
    tail = Tail(store.objects, meta.parts, folder=ref, limit=limit)
    before = meta
    cursor, kept, read = meta.cursor, meta.bytes, 0
    notices: list[str] = []
    number = meta.parts[-1].source if meta.parts else 1
    while True:
        chunk = harness.read(source, cursor, limit=min(CHUNK, limit))
        if chunk.notice:
            number += bool(tail.lines)
            meta = meta.noticed(Notice(times.stamp(author.when), chunk.notice, tail.lines + 1))
            notices.append(chunk.notice)
        if chunk.records:
            meta = _started(meta, harness, chunk)
            room = settings.max_session - kept
            records, counts, left_out, meta = _redacted(chunk, meta, redactor(), room=room, is_full=settings.is_full)
            meta = replace(
                meta, redacted=added(meta.redacted, counts), left_out=added(meta.left_out, left_out),
                bad=meta.bad + chunk.bad,
            )  # fmt: skip
            if records:
                tail.add(
                    records, span=(chunk.start, chunk.end), checksum=chunk.checksum, source=number, redacted=counts
                )
                kept += sum(map(len, records)) + len(records)
        read += sum(map(len, chunk.records))
        is_same = cursor == chunk.cursor
        cursor = _checked(chunk.cursor)
        if chunk.is_end or read >= BATCH or is_same:
            break
    is_end = chunk.is_end or is_same
    if not notices and (not read or (is_end and read < settings.min_bytes)):
        return _Once(Mirrored(source.harness, source.session, oid), is_end=True)
    tail.finish(standing)
    meta = replace(
        meta, agent=author.name, instance=author.instance, source=_homely(str(source.path), settings.home),
        cwd=_redact_line(redactor(), _homely(source.cwd, settings.home)) or meta.cwd, mirrored=times.stamp(author.when), ended="",
        started=meta.started or times.stamp(author.when), cursor=cursor, parts=tuple(tail.parts),
    )  # fmt: skip
    edit: dict[str, bytes | Blob | None] = {**tail.edit, f"{ref}/{META}": meta.dump()}
    lines, size = meta.lines - before.lines, meta.bytes - before.bytes
    change = Change(ref, oid, edit, EVENT, f"mirror {source.harness}/{source.session}: {meta.lines} lines",
                    {"Lines": lines, "Bytes": size, "Parts": len(meta.parts)})  # fmt: skip
    new = store.save(change, author=author)
    return _Once(
        Mirrored(
            source.harness, source.session, new, lines, size, _more(meta.redacted, before.redacted),
            _more(meta.left_out, before.left_out), meta.bad - before.bad, tuple(notices), len(meta.parts), 1,
        ),
        is_end,
    )  # fmt: skip


def _standing(store: Store, ref: str, oid: str) -> tuple[Meta, dict[str, Blob]]:
    """Returns the record of what is mirrored already, and the parts by path."""
    harness, _, session = ref.removeprefix(record.FOLDER + "/").partition("/")
    if not oid:
        return Meta(harness, session, "", ""), {}
    entries = store.objects.entries(oid)
    meta = record.load(store.objects.blob(entries[f"{ref}/{META}"], limit=record.MAX_META), ref=ref)
    return meta, {path: Blob(blob) for path, blob in entries.items() if path != f"{ref}/{META}"}


def _redacted(
    chunk: Chunk, meta: Meta, redactor: Redactor, *, room: int, is_full: bool
) -> tuple[list[bytes], dict[str, int], dict[str, int], Meta]:
    """Returns the records as they are kept, what was redacted and what left out of them, and how a key block stands."""
    records: list[bytes] = []
    left_out: dict[str, int] = {}
    before = dict(redactor.counts)
    keys, is_open = 0, meta.open_key
    is_over = meta.is_full
    for original in chunk.records:
        if is_over:
            left_out = added(left_out, {"records": 1, "bytes": len(original) + 1})
            continue
        data = original
        if not is_full:
            data, shortened = shorten.shorten(original, redactor.text)
            left_out = added(left_out, shortened) if shortened else left_out
        data = redactor.record(data)
        if is_open or b"PRIVATE KEY" in original:
            data, count, is_open = key_block.redact(original, data, is_open)
            keys += count
        room -= len(data) + 1
        if room < 0:
            is_over = True
            left_out = added(left_out, {"records": 1, "bytes": len(original) + 1})
        else:
            records.append(data)
    counts = _more(redactor.counts, before)
    if keys:
        counts = added(counts, {"private-key": keys})
    return records, counts, left_out, replace(meta, open_key=is_open)


def _started(meta: Meta, harness: Harness, chunk: Chunk) -> Meta:
    """Notes when a session began, by the first of its records that tells a time."""
    if meta.started or meta.parts:
        return meta
    at = next((event.at for event in harness.events(enumerate(chunk.records, 1)) if event.at), "")
    return replace(meta, started=at)


def _more(now: Mapping[str, int], before: Mapping[str, int]) -> dict[str, int]:
    return {kind: count - before.get(kind, 0) for kind, count in now.items() if count != before.get(kind, 0)}


def _homely(path: str, home: str) -> str:
    """Returns a path with the home folder as ~."""
    home = home.rstrip("/")
    return "~" + path[len(home) :] if home and (path == home or path.startswith(home + "/")) else path


def _redact_line(redactor: Redactor, text: str) -> str:
    return redactor.text(text)


def _checked(cursor: str) -> str:
    if len(cursor) > _LONGEST_CURSOR:
        raise ValueError(f"a cursor of {len(cursor)} characters")  # noqa: TRY003, EM102
    return cursor


def _sum(done: Mirrored, more: Mirrored) -> Mirrored:
    return more._replace(
        lines=done.lines + more.lines, bytes=done.bytes + more.bytes, redacted=added(done.redacted, more.redacted),
        left_out=added(done.left_out, more.left_out), bad=done.bad + more.bad,
        notices=(*done.notices, *more.notices), commits=done.commits + more.commits,
        parts=more.parts or done.parts,
    )  # fmt: skip
