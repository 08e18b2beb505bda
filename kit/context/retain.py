"""Holds a summary against the patterns that it must contain: a text, or a regular expression that cannot run away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from kit.context import piece
from kit.safety import pattern as patterns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kit.context.entry import Entry

MISSING, UNSAFE = "missing", "unsafe"


class Lack(NamedTuple):
    """A pattern of an entry that a summary does not meet; `why` is missing, or unsafe: it may take for ever."""

    entry: str
    match: str
    pattern: str
    why: str = MISSING
    reason: str = ""


def lacks(entries: Iterable[Entry], text: str) -> list[Lack]:
    """Returns the patterns of important entries that a summary does not contain; letters count as they are written."""
    found: list[Lack] = []
    for each in entries:
        for told in each.retain if each.priority == piece.IMPORTANT else ():
            lack = Lack(each.id, told["match"], told["pattern"])
            if told["match"] == "substring":
                if told["pattern"] not in text:
                    found.append(lack)
            elif reason := patterns.trouble(told["pattern"]) or patterns.too_open(told["pattern"]):
                found.append(lack._replace(why=UNSAFE, reason=reason))
            elif not re.search(told["pattern"], text):
                found.append(lack)
    return found
