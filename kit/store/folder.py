r"""One folder of a commit: git's tree object, as a mapping and back (gitformat: `<mode> <name>\0<id>`, sorted)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_ID = 20  # bytes of a SHA-1


class Entry(NamedTuple):
    """What stands under a name: the mode as git writes it, and the object id."""

    mode: bytes
    oid: str

    @property
    def is_folder(self) -> bool:
        return self.mode == b"40000"

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file: no link, no submodule."""
        return self.mode.startswith(b"100")


def file(oid: str) -> Entry:
    return Entry(b"100644", oid)


def folder(oid: str) -> Entry:
    return Entry(b"40000", oid)


def parse(data: bytes) -> dict[str, Entry]:
    """Returns name -> entry. Raises ValueError for what is no tree, and for a name that is not UTF-8."""
    found: dict[str, Entry] = {}
    at = 0
    while at < len(data):
        space = data.index(b" ", at)
        end = data.index(b"\0", space)
        found[data[space + 1 : end].decode()] = Entry(data[at:space], data[end + 1 : end + 1 + _ID].hex())
        at = end + 1 + _ID
    if at != len(data):
        raise ValueError("a tree ends in the middle of an entry")
    return found


def check(name: str) -> None:
    """Raises ValueError for a name that git would refuse to check out."""
    if name.casefold() in ("", ".", "..", ".git") or "/" in name or "\0" in name:
        raise ValueError(f"{name!r} is no name for a file in git")


def dump(entries: Mapping[str, Entry]) -> bytes:
    """Returns the tree object."""
    rows = sorted((name.encode() + b"/" * entry.is_folder, name, entry) for name, entry in entries.items())
    return b"".join(b"%s %s\0%s" % (entry.mode, name.encode(), bytes.fromhex(entry.oid)) for _, name, entry in rows)
