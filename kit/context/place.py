"""Where things stand in the commits of a thread: `context/<thread>/`, and in it a shelf and a row for each entry.

Shelves and rows fill up in the order in which entries come, ROOM names in each, so that a commit writes a few small
folders anew however many entries there are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kit.errors import InvalidInput
from kit.records import ids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kit.store.objects import Objects

FOLDER = "context"
RECORD = "thread.json"
PROPOSALS = "proposals"
ENTRIES = "entries"
ROOM = 32
_PLACE = re.compile(r"entries/([0-9a-f]{2,4})/([0-9a-f]{2})/([0-9a-f]{12}-[0-9a-f]{8})\.md")
_NUMBER = re.compile(r"[0-9a-f]{2,4}")


def ref_of(thread: str) -> str:
    """Returns the ref of a thread. Raises InvalidInput when `thread` is no id."""
    return f"{FOLDER}/{ids.check(thread, what='thread')}"


def folder_of(objects: Objects, oid: str, thread: str) -> str:
    """Returns the folder of a commit in which a thread stands, "" when the commit has none.

    That is the thread's own, or the one of the thread it was branched from, in commits from before that.
    """
    names = objects.names(oid, FOLDER) if oid else []
    if thread in names:
        return f"{FOLDER}/{thread}"
    return f"{FOLDER}/{names[0]}" if len(names) == 1 and not ids.problem(names[0]) else ""


def id_at(path: str) -> str:
    """Returns the id of the entry whose file, below the thread's folder, stands at `path`; "" for any other file."""
    found = _PLACE.fullmatch(path)
    return found[3] if found else ""


def path_of(number: int, name: str) -> str:
    """Returns where the entry `name` stands that is the `number`th to come, from 0."""
    return f"{ENTRIES}/{number // (ROOM * ROOM):02x}/{number // ROOM % ROOM:02x}/{name}.md"


def next_number(objects: Objects, oid: str, folder: str) -> int:
    """Returns which number the next entry has; after a merge some are taken twice, which does no harm."""
    if not oid or not folder:
        return 0
    shelf = _last(objects.names(oid, f"{folder}/{ENTRIES}"))
    row = _last(objects.names(oid, f"{folder}/{ENTRIES}/{shelf}")) if shelf else ""
    if not row:
        return int(shelf or "0", 16) * ROOM * ROOM
    taken = min(len(objects.names(oid, f"{folder}/{ENTRIES}/{shelf}/{row}")), ROOM)
    number = (int(shelf, 16) * ROOM + int(row, 16)) * ROOM + taken
    if number >= 1 << 26:
        raise InvalidInput(f"{folder} has no room for another entry", hint="begin a new thread: kit context new")
    return number


def places(objects: Objects, oid: str, folder: str, names: list[str]) -> Iterator[tuple[str, str]]:
    """Yields each of `names` with the path of its file, as the next entries of a thread."""
    first = next_number(objects, oid, folder)
    for number, name in enumerate(names, first):
        yield name, path_of(number, name)


def _last(names: list[str]) -> str:
    numbered = [name for name in names if _NUMBER.fullmatch(name)]
    return max(numbered, key=lambda name: int(name, 16), default="")
