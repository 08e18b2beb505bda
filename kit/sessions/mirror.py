"""Mirrors a session: reads what is new of a transcript, redacts it, and commits it along with how far it has read.

Nothing touches disk or the object store before it is redacted. How far was read stands in the commit itself: a crash
at any step repeats work, and loses or doubles nothing; local state beside git is never needed.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from kit.errors import InvalidInput, Taken
from kit.records import times
from kit.sessions import record
from kit.sessions.keep import keep
from kit.sessions.record import META, Meta, Notice, added
from kit.sessions.tail import Tail
from kit.store import superseded
from kit.store.objects import Blob
from kit.store.store import Change, Stale

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kit.harnesses.harness import Chunk, Harness, Source
    from kit.safety.redactor import Redactor
    from kit.store.author import Author
    from kit.store.store import Store

EVENT = "mirror"
#: Bytes of a source that are read, redacted and held at once; one record may be longer.
CHUNK = 256 << 10
#: Bytes of a source after which a long mirror commits what it has: a crash repeats no more than that.
BATCH = 16 << 20
TRIES = 20
_LONGEST_CURSOR = 4096
_LONGEST_PATH = 1024


class Settings(NamedTuple):
    """How sessions are mirrored: sizes in bytes; `is_full` keeps copies of files and images; `home` is written as ~."""

    max_part: int
    max_session: int
    home: str = ""
    is_full: bool = False
    min_bytes: int = 1

    @property
    def part(self) -> int:
        """How large a part may grow: more than `max_part` where a session could else have thousands."""
        return max(self.max_part, self.max_session // record.MOST_PARTS)


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


class Job(NamedTuple):
    """One session to mirror, and by whom; `redactor` is asked for only when there is something to redact."""

    store: Store
    harness: Harness
    source: Source
    author: Author
    redactor: Callable[[], Redactor]
    settings: Settings

    @property
    def ref(self) -> str:
        return record.ref_of(self.source.harness, self.source.session)

    @property
    def seed(self) -> str:
        """What no other writer has: who mirrors what, where and when."""
        return f"{self.ref} {self.author.instance} {self.author.when!r}"


def mirror(job: Job) -> Mirrored:
    """Commits what is new of a source to its session's ref here; nothing is sent.

    Another process may do the same at the same time: who is later reads on from where the other ended. Raises Taken
    when others kept being quicker, NotWritten when it cannot be written; what was committed before stays.
    """
    done = Mirrored(job.source.harness, job.source.session, "")
    tries = 0
    while True:
        try:
            base = job.store.own_tip(job.ref)
            more, is_end = _once(job, base)
        except (Stale, InvalidInput) as error:
            # Who replaces a commit removes its objects: one that is missing then is no damage.
            if isinstance(error, InvalidInput) and job.store.own_tip(job.ref) == base:
                raise
            tries += 1
            if tries == TRIES:
                raise Taken(f"other processes kept mirroring {job.ref}", hint="run it again") from None
            continue
        done = _sum(done, more)
        if is_end:
            return done


def _once(job: Job, oid: str) -> tuple[Mirrored, bool]:
    """Reads on from what commit `oid` has, about BATCH bytes, and commits them; returns whether that was all.

    Raises Stale when another process was quicker.
    """
    before, standing = _standing(job.store, job.ref, oid)
    meta = before
    tail = Tail(job.store.objects, meta.parts, folder=job.ref, limit=job.settings.part, seed=job.seed)
    room = job.settings.max_session - meta.size
    source = meta.parts[-1].source if meta.parts else 1
    read = fresh = 0
    notices: list[str] = []
    is_end = False
    while not is_end and read < BATCH:
        chunk = job.harness.read(job.source, meta.cursor, limit=min(CHUNK, job.settings.part))
        is_end = chunk.is_end or chunk.cursor == meta.cursor
        read += max(chunk.end - chunk.start, sum(map(len, chunk.records)))
        fresh += sum(map(len, chunk.records))
        if chunk.notice:
            source += bool(tail.lines)
            meta = meta.noticed(Notice(times.stamp(job.author.when), chunk.notice, tail.lines + 1))
            notices.append(chunk.notice)
        meta = replace(_started(meta, job.harness, chunk), cursor=_checked(chunk.cursor), bad=meta.bad + chunk.bad)
        if chunk.records:
            kept = keep(chunk.records, job.redactor(), room=room, is_over=meta.is_full,
                        is_full=job.settings.is_full, open_key=meta.open_key)  # fmt: skip
            meta = replace(
                meta, redacted=added(meta.redacted, kept.redacted), left_out=added(meta.left_out, kept.left_out),
                open_key=kept.open_key,
            )  # fmt: skip
            if kept.records:
                room -= tail.add(kept.records, span=(chunk.start, chunk.end), checksum=chunk.checksum, source=source,
                                 redacted=kept.redacted)  # fmt: skip
    is_enough = fresh >= job.settings.min_bytes if is_end else True
    if not notices and not (fresh and is_enough) and read < BATCH:
        return Mirrored(before.harness, before.session, oid), is_end
    tail.finish(standing)
    meta = _signed(replace(meta, parts=tuple(tail.parts)), job)
    new = _commit(job, oid, before, meta, tail)
    return Mirrored(
        meta.harness, meta.session, new, meta.lines - before.lines, meta.size - before.size,
        _more(meta.redacted, before.redacted), _more(meta.left_out, before.left_out), meta.bad - before.bad,
        tuple(notices), len(meta.parts),
    ), is_end  # fmt: skip


def _commit(job: Job, oid: str, before: Meta, meta: Meta, tail: Tail) -> str:
    edit: dict[str, bytes | Blob | None] = {**tail.edit, f"{job.ref}/{META}": meta.dump()}
    notes = {"Lines": meta.lines - before.lines, "Bytes": meta.size - before.size, "Parts": len(meta.parts)}
    subject = f"mirror {meta.harness}/{meta.session}: {meta.lines} lines"
    return save(job.store, Change(job.ref, oid, edit, EVENT, subject, notes), author=job.author)


def save(store: Store, change: Change, *, author: Author) -> str:
    """Commits a session's next state here in place of the last one, and removes what only that one had.

    Raises Stale when another process was quicker.
    """
    if change.expect:
        superseded.spare(store.objects, change.expect, owner=change.ref)
    new = store.save(change, author=author)
    superseded.mark(store.objects, new, change.expect, owner=change.ref)
    if change.expect and change.expect not in store.objects.commit(new).parents:
        superseded.remove(store.objects, change.expect, new, owner=change.ref)
    return new


def _standing(store: Store, ref: str, oid: str) -> tuple[Meta, dict[str, Blob]]:
    """Returns the record of what is mirrored already, and the parts by path."""
    if not oid:
        harness, _, session = ref.removeprefix(record.FOLDER + "/").partition("/")
        return Meta(harness, session, "", ""), {}
    entries = store.objects.entries(oid, under=ref)
    blob = entries.pop(f"{ref}/{META}", "")
    meta = record.load(store.objects.blob(blob, limit=record.MAX_META), ref=ref) if blob else None
    if meta is None or any(f"{ref}/{part.name}" not in entries for part in meta.parts):
        raise InvalidInput(
            f"refs/kit/{ref} is damaged: it lacks {META} or a part", code="damaged",
            hint=f"kit session export what can be read of it, then kit session delete {ref.partition('/')[2]}",
        )  # fmt: skip
    return meta, {path: Blob(each) for path, each in entries.items()}


def _started(meta: Meta, harness: Harness, chunk: Chunk) -> Meta:
    """Notes when a session began, by the first of its records that tells a time."""
    if meta.started or meta.parts or not chunk.records:
        return meta
    at = next((each.at for each in harness.events(enumerate(chunk.records, 1)) if each.at), "")
    with contextlib.suppress(InvalidInput):
        return replace(meta, started=times.stamp(times.seconds(at)))
    return meta


def _signed(meta: Meta, job: Job) -> Meta:
    """Returns the record with who mirrors it, when, and where from; the home folder is written as ~."""
    redactor = job.redactor().fork()
    paths = (str(job.source.path), job.source.cwd)
    source, cwd = (redactor.text(_homely(each, job.settings.home))[:_LONGEST_PATH] for each in paths)
    now = times.stamp(job.author.when)
    return replace(
        meta, agent=job.author.name, instance=job.author.instance, parent=job.source.parent, source=source,
        cwd=cwd or meta.cwd, mirrored=now,
        started=meta.started or now, ended="",
    )  # fmt: skip


def _homely(path: str, home: str) -> str:
    home = home.rstrip("/")
    path = path.encode("utf-8", "replace").decode("utf-8")  # a name may be no text, a record must be
    return "~" + path[len(home) :] if home and (path == home or path.startswith(home + "/")) else path


def _checked(cursor: str) -> str:
    if len(cursor) > _LONGEST_CURSOR:
        raise InvalidInput(f"the harness gave a cursor of {len(cursor)} characters", hint="report it", code="cursor")
    return cursor


def _more(now: Mapping[str, int], before: Mapping[str, int]) -> dict[str, int]:
    return {kind: count - before.get(kind, 0) for kind, count in now.items() if count != before.get(kind, 0)}


def _sum(done: Mirrored, more: Mirrored) -> Mirrored:
    return more._replace(
        lines=done.lines + more.lines, bytes=done.bytes + more.bytes, redacted=added(done.redacted, more.redacted),
        left_out=added(done.left_out, more.left_out), bad=done.bad + more.bad,
        notices=(*done.notices, *more.notices), parts=more.parts or done.parts,
    )  # fmt: skip
