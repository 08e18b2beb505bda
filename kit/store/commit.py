"""One commit, as git writes it: read from its bytes, and written (gitformat: headers, an empty line, the message)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kit.store.author import Author

_LAST_SECOND = 253_402_300_799  # of the year 9999, the last that datetime knows
_HEAD = re.compile(
    rb"tree (?P<tree>[0-9a-f]{40})\n(?P<parents>(?:parent [0-9a-f]{40}\n)*)"
    rb"author (?P<name>[^\n<]*?) ?<(?P<email>[^\n<>]*)> -?\d+ [+-]\d{4}\n"
    rb"committer [^\n<]*<[^\n<>]*> (?P<when>-?\d+) [+-]\d{4}\n"
    rb"(?:[^\n]+\n)*(?:\n|\Z)"
)


class Commit(NamedTuple):
    """One commit as read, by `author` at `instance`; `when` is in seconds since the epoch."""

    oid: str
    parents: tuple[str, ...]
    author: str
    when: int
    message: str
    instance: str = ""
    tree: str = ""


def parse(oid: str, data: bytes) -> Commit:
    """Returns the commit in the bytes of an object. Raises ValueError when they are none that git would write."""
    head = _HEAD.match(data)
    if not head:
        raise ValueError("it is no commit that git would write")
    return Commit(
        oid,
        tuple(_text(line[7:]) for line in head["parents"].splitlines()),
        _text(head["name"]),
        min(max(int(head["when"][:20]), 0), _LAST_SECOND),
        _text(data[head.end() :]),
        _text(head["email"]).partition("@")[0],
        _text(head["tree"]),
    )


def dump(tree: str, parents: Sequence[str], message: str, author: Author) -> bytes:
    """Returns the bytes of a commit; who wrote it stands there without what would end the line."""
    address = author.email or f"{author.instance}@kit.invalid"
    name, email = (re.sub(r"[\0\n<>]", "", each).strip() for each in (author.name, address))
    who = f"{name} <{email}> {int(author.when)} +0000"
    lines = [f"tree {tree}", *(f"parent {each}" for each in parents), f"author {who}", f"committer {who}"]
    return "\n".join([*lines, "", message]).encode("utf-8", "surrogateescape")


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
