"""Finds bytes in any object of a repository, and makes of a history one without them.

Objects are read and written as they are, so nothing but what is replaced changes: not an author, not a time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kit.errors import InvalidInput
from kit.store.discard import SECONDS
from kit.store.objects import Objects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from kit.store.repository import Repository

_LINK = re.compile(rb"^(?:tree|parent|object) ([0-9a-f]{40})$", re.MULTILINE)
_ENTRY = re.compile(rb"([0-7]{5,6}) ([^\0]+)\0(.{20})", re.DOTALL)


class Found:
    """Which objects hold one of some byte strings, and which lead to one that does."""

    def __init__(self, repository: Repository, needles: Sequence[bytes]) -> None:
        objects = Objects(repository)  # anew: what reads for another may still have packs open that are gone
        self.holders: set[str] = set()
        self.unread: list[str] = []
        self._links: dict[str, tuple[str, ...]] = {}
        for oid in _every(repository):
            try:
                kind, data = objects.raw(oid)
            except InvalidInput:
                self.unread.append(oid)
                continue
            if any(needle in data for needle in needles):
                self.holders.add(oid)
            if kind != "blob":
                self._links[oid] = links(kind, data)
        objects.close()
        self.leading = self._leading()

    def _leading(self) -> set[str]:
        """Returns the holders and all objects from which one of them is reached."""
        above: dict[str, list[str]] = {}
        for oid, below in self._links.items():
            for each in below:
                above.setdefault(each, []).append(oid)
        found, waiting = set(self.holders), list(self.holders)
        while waiting:
            for oid in above.get(waiting.pop(), ()):
                if oid not in found:
                    found.add(oid)
                    waiting.append(oid)
        return found

    def downwards(self, oids: AbstractSet[str]) -> list[str]:
        """Returns leading objects in an order in which none comes before what leads to it."""
        done: dict[str, None] = {}
        for oid in oids:
            for each in self.order(oid) if oid not in done else ():
                done.setdefault(each)
        return [oid for oid in reversed(done) if oid in oids]

    def order(self, tip: str) -> list[str]:
        """Returns the leading objects that a tip reaches, each after those it leads to."""
        done: dict[str, None] = {}
        waiting = [(tip, False)]
        while waiting:
            oid, is_open = waiting.pop()
            if oid in done or oid not in self.leading:
                continue
            if is_open:
                done[oid] = None
            else:
                waiting.append((oid, True))
                waiting += [(each, False) for each in self._links.get(oid, ())]
        return list(done)


def _every(repository: Repository) -> list[str]:
    """Returns the ids of all objects, those that nothing reaches too."""
    words = ("--batch-all-objects", "--batch-check=%(objectname)", "--unordered")
    return repository.git.run("cat-file", *words, seconds=SECONDS).text.split()


def rewrite(objects: Objects, order: Iterable[str], clean: Callable[[bytes], bytes], known: dict[str, str]) -> None:
    """Writes anew the objects of `order` (`Found.order`) without what `clean` takes out; `known` maps old ids to new.

    Raises NotWritten when that cannot be.
    """
    for oid in order:
        if oid not in known:
            kind, data = objects.raw(oid)
            if kind == "tree":
                data = _tree(data, clean, known)
            elif kind != "blob":
                head, separator, body = data.partition(b"\n\n")
                head = _LINK.sub(lambda found: found[0].replace(found[1], _new(found[1].decode(), known)), head)
                data = clean(head) + separator + clean(body)
            else:
                data = clean(data)
            known[oid] = objects.put(kind, data)


def links(kind: str, data: bytes) -> tuple[str, ...]:
    """Returns the ids that a commit, a tag or a tree names."""
    if kind == "tree":
        return tuple(found[3].hex() for found in _ENTRY.finditer(data))
    return tuple(found.decode() for found in _LINK.findall(data.partition(b"\n\n")[0]))


def _new(oid: str, known: dict[str, str]) -> bytes:
    return known.get(oid, oid).encode()


def _tree(data: bytes, clean: Callable[[bytes], bytes], known: dict[str, str]) -> bytes:
    entries: dict[bytes, tuple[bytes, bytes]] = {}
    for mode, name, oid in _ENTRY.findall(data):
        renamed = clean(name)
        while renamed in entries:
            renamed += b"-"
        entries[renamed] = mode, bytes.fromhex(known.get(oid.hex(), oid.hex()))
    # git sorts a folder as if its name ended in a slash.
    ordered = sorted(entries.items(), key=lambda each: each[0] + b"/" * (each[1][0].lstrip(b"0") == b"40000"))
    return b"".join(mode + b" " + name + b"\0" + oid for name, (mode, oid) in ordered)
