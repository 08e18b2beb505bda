"""Hermes: all sessions in one SQLite database, `~/.hermes/state.db`; before that, and in exports, files.

The database is opened to be read only, while Hermes writes. Rows are appended; that some of them were taken back, or
folded by a compaction, is read as a record of its own. A text that Hermes changes within a row already read is not
noticed.
"""

from __future__ import annotations

import json
import sqlite3
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from kit.harnesses import appended, database, listing, whole
from kit.harnesses.appended import kept, no_cursor
from kit.harnesses.harness import MAX_RECORD, REPLACED, Chunk, Source, left_out
from kit.harnesses.hermes_events import events
from kit.harnesses.record import dump

if TYPE_CHECKING:
    from pathlib import Path

    from kit.harnesses.database import Row
    from kit.harnesses.harness import Places

__all__ = ["events", "find", "name", "read", "sessions"]
name = "hermes"
_MAX_RANGES = 100_000
_RESTLESS = frozenset(("last_activity_at", "last_activity_description", "last_activity_provenance", "last_read_at"))


class _Read(NamedTuple):
    """A cursor: the last id, how many rows, and digests of the last, of the session's row and of what is inactive."""

    id: int = 0
    rows: int = 0
    last: str = ""
    session: str = ""
    inactive: str = ""


def find(places: Places, *, project: Path | None) -> list[Source]:
    """Returns the sessions of the database and of the files that were kept before there was one."""
    home = places.folder("HERMES_HOME", ".hermes")
    path = home / "state.db"
    found = sessions(path) if path.is_file() else []
    for path, facts in listing.files(home / "sessions", ".json"):
        if path.name.startswith("session_"):
            cwd = listing.quoted(path, "cwd")
            named = listing.quoted(path, "session_id") or path.stem
            found.append(listing.source(name, path, facts, named, cwd=cwd))
    return listing.ordered(each for each in found if listing.is_within(each.cwd, project))


def sessions(path: Path) -> list[Source]:
    """Returns the sessions that a database holds."""

    def listed(db: sqlite3.Connection) -> list[Source]:
        counted = {
            row["session_id"]: (row["n"], row["at"])
            for row in database.rows(
                db, "SELECT session_id, count(*) AS n, max(timestamp) AS at FROM messages GROUP BY session_id"
            )
        }
        has_cwd = "cwd" in database.columns(db, "sessions")
        query = (
            "SELECT id, started_at, cwd FROM sessions" if has_cwd else "SELECT id, started_at, '' AS cwd FROM sessions"
        )
        found = []
        for row in database.rows(db, query):
            count, at = counted.get(row["id"], (0, None))
            when = next((each for each in (at, row["started_at"]) if isinstance(each, int | float)), 0.0)
            named, cwd = str(row["id"]), row["cwd"] if isinstance(row["cwd"], str) else ""
            found.append(Source(name, listing.session_id(named), path, int(str(count)), float(when), cwd))
        return found

    return database.ask(path, listed)


def read(source: Source, cursor: str, *, limit: int) -> Chunk:
    """Reads on in the database, in a document, or in an exported stream of events."""
    if appended.head(source.path, len(database.MAGIC)) != database.MAGIC:
        if whole.is_whole(source.path):
            return whole.read(source.path, cursor, limit=limit, renewed=lambda rest: rest)
        return appended.read(source.path, cursor, limit=limit)
    place = _place(cursor)
    return database.ask(source.path, lambda db: _rows(db, source.session, place, limit))


def _rows(db: sqlite3.Connection, session: str, place: _Read | None, limit: int) -> Chunk:
    key = next((one for (one,) in db.execute("SELECT id FROM sessions") if listing.session_id(str(one)) == session), "")
    about = next(iter(database.rows(db, "SELECT * FROM sessions WHERE id = ?", key)), {})
    notice = "" if place is not None and _stands(db, key, place) else REPLACED
    place = place if place is not None and not notice else _Read()
    records: list[bytes] = []
    header = dump({"table": "sessions", **database.plain(about)})
    lasting = _digest(dump({key: value for key, value in database.plain(about).items() if key not in _RESTLESS}))
    if about and lasting != place.session:
        records.append(header)
    inactive = _inactive(db, key, place.id)
    if place.id and _digest(dump(inactive)) != place.inactive:
        records.append(dump({"table": "inactive", "upto": place.id, "ranges": inactive}))
    after, size, last = place, 0, {}
    query = "SELECT id FROM messages WHERE session_id = ? AND id > ? ORDER BY id"
    new = [number for (number,) in db.execute(query, (key, place.id))]
    for number in new:
        row = _row(db, number)
        record = dump({"table": "messages", **database.plain(row)}) if row else b""
        if not record or len(record) > MAX_RECORD:
            record = left_out(len(record), f"a row longer than {MAX_RECORD} bytes")
        if size and size + len(record) > limit:
            break
        records.append(record)
        size += len(record)
        after, last = after._replace(id=number, rows=after.rows + 1), row
    if after is not place:
        after = after._replace(last=_words(last))
    after = after._replace(session=lasting, inactive=_digest(dump(_inactive(db, key, after.id))))
    cursor = json.dumps(after._asdict(), separators=(",", ":"))
    checksum = sha256(b"\n".join(records)).hexdigest()
    is_end = after.id == new[-1] if new else True
    return Chunk(records, cursor, place.rows, after.rows, checksum, notice, is_end)


def _row(db: sqlite3.Connection, number: int) -> Row:
    """Returns a message's row, an empty one when a value of it is longer than may be held."""
    try:
        return next(iter(database.rows(db, "SELECT * FROM messages WHERE id = ?", number)), {})
    except sqlite3.DataError:
        return {}


def _stands(db: sqlite3.Connection, key: str, place: _Read) -> bool:
    """Says whether the rows that were read are still there, the last one with its words."""
    if not place.rows:
        return True
    query = "SELECT count(*) FROM messages WHERE session_id = ? AND id <= ?"
    (count,) = db.execute(query, (key, place.id)).fetchone()
    return bool(count == place.rows) and _words(_row(db, place.id)) == place.last


def _inactive(db: sqlite3.Connection, key: str, upto: int) -> list[list[int]]:
    """Returns the ranges of row ids that were taken back; what only a compaction folded did happen."""
    known = database.columns(db, "messages")
    if "active" not in known:
        return []
    folded = " AND compacted = 0" if "compacted" in known else ""
    query = f"SELECT id FROM messages WHERE session_id = ? AND id <= ? AND active = 0{folded} ORDER BY id"  # noqa: S608
    found: list[list[int]] = []
    for (number,) in db.execute(query, (key, upto)):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        elif len(found) < _MAX_RANGES:
            found.append([number, number])
    return found


def _words(row: Row) -> str:
    return _digest(dump([str(row.get(each)) for each in ("role", "content", "tool_calls")]))


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()[:32]


def _place(cursor: str) -> _Read | None:
    """Returns what a cursor says, None for one that is of another kind of source."""
    if not cursor:
        return _Read()
    found = kept(cursor)
    if set(found) != set(_Read._fields):
        return None
    place = _Read(**found)
    if type(place.id) is not int or type(place.rows) is not int or place.rows < 0:
        raise no_cursor()
    return place
