"""Names an entry of a thread at a commit: `kit:context/<thread>@<commit>/<id>`, as sources of records do."""

from __future__ import annotations

import re
from typing import NamedTuple

from kit.records import ids

PREFIX = "kit:context/"
SESSION = "kit:sessions/"
_PLACE = re.compile(
    r"(?:kit:)?(?:context/)?([a-z0-9][a-z0-9._-]{0,79})[@ ]([0-9a-f]{40})(?:/([0-9a-f]{12}-[0-9a-f]{8}))?"
)


class Place(NamedTuple):
    """A thread, a commit of it and, unless "", an entry that stands there."""

    thread: str
    commit: str
    entry: str = ""


def name(thread: str, commit: str, entry: str = "") -> str:
    """Returns the address of a commit of a thread, or of an entry in it."""
    return f"{PREFIX}{thread}@{commit}" + (f"/{entry}" if entry else "")


def parse(text: str) -> Place | None:
    """Returns what an address names, None for one that names no commit of a thread."""
    found = _PLACE.fullmatch(text)
    if not found or ids.problem(found[1]):
        return None
    return Place(found[1], found[2], found[3] or "")
