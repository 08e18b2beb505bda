"""Reads another program's SQLite database while that program writes: read-only, with patience, and within bounds."""

from __future__ import annotations

import sqlite3
import time
from base64 import b64encode
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar

from kit.errors import InvalidInput, NotFound, TimedOut
from kit.harnesses.harness import MAX_RECORD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Row = dict[str, object]

T = TypeVar("T")
MAGIC = b"SQLite format 3\0"
_BUSY_SECONDS = 2.0
# A reader can see a passing "disk I/O error" while the writer moves its log into the database.
_WAITS = (0.05, 0.05, 0.05)
_STEPS, _MAX_PAUSES = 1_000_000, 2_000


def ask(path: Path, work: Callable[[sqlite3.Connection], T]) -> T:
    """Returns what `work` reads. Raises NotFound, InvalidInput for what is no database, TimedOut when it stays locked.

    A value longer than twice MAX_RECORD raises sqlite3.DataError in `work`, and what never ends is interrupted.
    """
    if not path.is_file():
        raise NotFound(f"the database {path} is gone", value=str(path))
    waits = list(_WAITS)
    while True:
        try:
            with closing(sqlite3.connect(path.absolute().as_uri() + "?mode=ro", uri=True, timeout=_BUSY_SECONDS)) as db:
                _bound(db)
                return work(db)
        except sqlite3.OperationalError as failed:
            is_passing = "locked" in str(failed) or "disk I/O" in str(failed)
            if is_passing and waits:
                time.sleep(waits.pop())
            elif is_passing:
                raise TimedOut(f"the database {path} stays busy: {failed}", hint="try again") from None
            else:
                raise InvalidInput(f"the database {path} cannot be read: {failed}", value=str(path)) from None
        except sqlite3.DatabaseError as failed:
            raise InvalidInput(f"the database {path} cannot be read: {failed}", value=str(path)) from None


def rows(db: sqlite3.Connection, query: str, *values: object) -> list[Row]:
    """Returns the rows that a query finds, by the names of their columns."""
    cursor = db.execute(query, values)
    names = [each[0] for each in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def columns(db: sqlite3.Connection, table: str) -> set[str]:
    """Returns the names of a table's columns, none when there is no such table."""
    return {name for (name,) in db.execute("SELECT name FROM pragma_table_info(?)", (table,))}


def plain(row: Row) -> Row:
    """Returns a row as JSON can say it: without what is null, bytes in base64."""
    return {
        key: {"base64": b64encode(value).decode()} if isinstance(value, bytes) else value
        for key, value in row.items()
        if value is not None
    }


def _bound(db: sqlite3.Connection) -> None:
    db.text_factory = lambda data: str(data, "utf-8", "replace")
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 2 * MAX_RECORD)
    pauses = iter(range(_MAX_PAUSES))
    db.set_progress_handler(lambda: next(pauses, None) is None, _STEPS)
