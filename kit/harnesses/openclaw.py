"""OpenClaw: since August 2026 one SQLite database an agent, before that one JSONL file a session; both in Pi's shape.

A row holds an event as text or compressed; sessions gone cold lie in an archive beside, which holds their first
events. Checkpoints, which repeat a session, are not listed.
"""

from __future__ import annotations

import json
import sqlite3
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from kit.errors import KitError
from kit.harnesses import appended, database, listing, packed
from kit.harnesses.appended import kept, no_cursor
from kit.harnesses.harness import MAX_RECORD, REPLACED, TRUNCATED, Chunk, Source, left_out
from kit.harnesses.pi_events import events
from kit.harnesses.record import first, load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kit.harnesses.harness import Places

__all__ = ["events", "find", "name", "read", "sessions"]
name = "openclaw"
_DATABASE = "agent/openclaw-agent.sqlite"
_WRITTEN = "SELECT created_at FROM transcript_events WHERE session_id = ? AND seq = ?"


class _Read(NamedTuple):
    """A cursor: how many events were read, cold ones first, and a digest of the last."""

    events: int = 0
    last: str = ""


def find(places: Places, *, project: Path | None) -> list[Source]:
    """Returns the sessions of all agents; one that stands in the database and as a file was taken over into it."""
    found: dict[str, Source] = {}
    for agent in listing.folders(_home(places) / "agents"):
        for path, facts in listing.files(agent / "sessions", ".jsonl"):
            if ".checkpoint." not in path.name:
                header = next(listing.opening(path), {})
                each = listing.source(name, path, facts, path.stem, cwd=first(header, "cwd"))
                found[each.session] = each
        if (agent / _DATABASE).is_file():
            found |= {each.session: each for each in sessions(agent / _DATABASE)}
    return listing.ordered(each for each in found.values() if listing.is_within(each.cwd, project))


def sessions(path: Path) -> list[Source]:
    """Returns the sessions that an agent's database holds."""

    def listed(db: sqlite3.Connection) -> list[Source]:
        # Only of the last row is more than the index looked at: the others' texts lie between.
        query = "SELECT session_id, count(*) AS n, max(seq) AS last FROM transcript_events GROUP BY session_id"
        rows = {str(row["session_id"]): row for row in database.rows(db, query)}
        if database.columns(db, "session_transcript_cold_archives"):
            for (session,) in db.execute("SELECT session_id FROM session_transcript_cold_archives"):
                rows.setdefault(str(session), {"n": 0, "last": None})
        found = []
        for session, row in rows.items():
            try:
                opening = next(_events(db, path, session, 0), b"")
            except KitError:
                opening = b""  # compressed, and nothing to unpack it with: reading it says so
            written = db.execute(_WRITTEN, (session, row["last"])).fetchone()
            at = written[0] if written and isinstance(written[0], int | float) else 0
            seconds = at / 1000 if at > 1e11 else float(at)
            cwd = first(load(opening) or {}, "cwd")
            found.append(Source(name, listing.session_id(session), path, int(str(row["n"])), seconds, cwd))
        return found

    return database.ask(path, listed)


def read(source: Source, cursor: str, *, limit: int) -> Chunk:
    if appended.head(source.path, len(database.MAGIC)) != database.MAGIC:
        return appended.read(source.path, cursor, limit=limit)
    place = _place(cursor)
    return database.ask(source.path, lambda db: _read(db, source, place, limit))


def _read(db: sqlite3.Connection, source: Source, place: _Read | None, limit: int) -> Chunk:
    known = db.execute("SELECT DISTINCT session_id FROM transcript_events").fetchall()
    if database.columns(db, "session_transcript_cold_archives"):
        known += db.execute("SELECT session_id FROM session_transcript_cold_archives").fetchall()
    session = next((str(one) for (one,) in known if listing.session_id(str(one)) == source.session), "")
    notice = REPLACED if place is None else ""
    place = place or _Read()
    found = _events(db, source.path, session, max(0, place.events - 1))
    if place.events:
        last = next(found, None)
        if last is None or _digest(last) != place.last:
            notice, place = TRUNCATED if last is None else REPLACED, _Read()
            found = _events(db, source.path, session, 0)
    records: list[bytes] = []
    size, is_end = 0, True
    for record in found:
        if size and size + len(record) > limit:
            is_end = False
            break
        records.append(record)
        size += len(record)
    after = _Read(place.events + len(records), _digest(records[-1]) if records else place.last)
    cursor = json.dumps(after._asdict(), separators=(",", ":"))
    bad = sum(load(each) is None for each in records)
    checksum = sha256(b"\n".join(records)).hexdigest()
    return Chunk(records, cursor, place.events, after.events, checksum, notice, is_end, bad)


def _events(db: sqlite3.Connection, path: Path, session: str, skip: int) -> Iterator[bytes]:
    """Yields a session's events from the `skip`th on: the archive's first, then the rows in their order."""
    cold = 0
    for record in _cold(db, path, session):
        cold += 1
        if cold > skip:
            yield record
    at = max(0, skip - cold)
    names = database.columns(db, "transcript_events")
    chosen = "event_json, " + ("event_zstd" if "event_zstd" in names else "NULL")
    query = f"SELECT {chosen} FROM transcript_events WHERE session_id = ? AND seq = ?"  # noqa: S608
    order = "SELECT seq FROM transcript_events WHERE session_id = ? ORDER BY seq LIMIT -1 OFFSET ?"
    for (number,) in db.execute(order, (session, at)):
        try:
            row = db.execute(query, (session, number)).fetchone()
        except sqlite3.DataError:
            row = None
        yield _event(*row) if row else _event(None, None)


def _event(plain: object, compressed: object) -> bytes:
    if isinstance(plain, str) and plain:
        record: bytes | None = plain.encode("utf-8", "surrogatepass")
    elif isinstance(compressed, bytes):
        record = packed.unpacked(compressed, MAX_RECORD)
    else:
        record = None
    if record is None or len(record) > MAX_RECORD:
        return left_out(0, f"an event that is damaged, or longer than {MAX_RECORD} bytes")
    return record.replace(b"\n", b" ").replace(b"\r", b" ")  # between the parts of JSON; within texts they are escaped


def _cold(db: sqlite3.Connection, path: Path, session: str) -> Iterator[bytes]:
    """Yields the events of a session's archive, which lies in the database or in a file named there."""
    names = database.columns(db, "session_transcript_cold_archives")
    if not names:
        return
    blob = "archive_blob" if "archive_blob" in names else "NULL"
    query = f"SELECT archive_name, {blob} FROM session_transcript_cold_archives WHERE session_id = ?"  # noqa: S608
    try:
        row = db.execute(query, (session,)).fetchone()
    except sqlite3.DataError:
        yield left_out(0, "an archive that is too long")
        return
    if row is None:
        return
    archive, inside = row
    if isinstance(inside, bytes):
        yield from _lines(inside)
        return
    plain = isinstance(archive, str) and archive and "/" not in archive and "\\" not in archive and archive[0] != "."
    file = path.parent.parent / "sessions" / "cold" / archive if plain else None
    if file is None or not file.is_file():
        yield left_out(0, "an archive that is not where the database says")
        return
    cursor, is_end = "", False
    while not is_end:
        try:
            chunk = appended.read(file, cursor, limit=MAX_RECORD)
        except KitError as failed:
            if failed.code == "no_zstd":
                raise
            yield left_out(0, "an archive that is damaged")
            return
        yield from chunk.records
        cursor, is_end = chunk.cursor, chunk.is_end


def _lines(data: bytes) -> Iterator[bytes]:
    found = packed.unpacked(data, packed.MAX_UNPACKED >> 2) if data[:4] == packed.MAGIC else data
    if found is None:
        yield left_out(0, "an archive that is damaged, or too long")
        return
    yield from (line for line in found.split(b"\n") if line.strip())


def _home(places: Places) -> Path:
    stated = places.environment.get("OPENCLAW_STATE_DIR", "")
    if stated:
        return places.folder("OPENCLAW_STATE_DIR", "")
    home = places.folder("OPENCLAW_HOME", ".openclaw")
    return home if (home / "agents").is_dir() or not (home / ".openclaw").is_dir() else home / ".openclaw"


def _place(cursor: str) -> _Read | None:
    """Returns what a cursor says, None for one that is of another kind of source."""
    if not cursor:
        return _Read()
    found = kept(cursor)
    if set(found) != set(_Read._fields):
        return None
    place = _Read(**found)
    if type(place.events) is not int or place.events < 0:
        raise no_cursor()
    return place


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()[:32]
