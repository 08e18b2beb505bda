"""Reads where one ref stands from the files git keeps refs in (gitrepository-layout), without starting a process.

A command asks for a handful of refs, and a process for each would cost more than all else it reads.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_OID = re.compile(rb"[0-9a-f]{40}")
_LONGEST = 4096
_DEEPEST = 5
_packed: dict[Path, tuple[tuple[int, ...], bytes]] = {}


def tip(folder: Path, ref: str) -> str:
    """Returns the object id that a ref (full name) of the git folder stands at, symbolic ones followed, "" for none."""
    for _ in range(_DEEPEST):
        found = _loose(folder / ref) or _in_packed(folder / "packed-refs", ref)
        if not found.startswith(b"ref: "):
            return found.decode()
        ref = found[5:].decode("utf-8", "surrogateescape")
        if not ref.startswith("refs/") or ".." in ref or "\0" in ref:
            return ""
    return ""


def _loose(file: Path) -> bytes:
    """Returns what a ref's own file says, b"" where there is none or a crash has left it empty."""
    try:
        with file.open("rb") as opened:
            said = opened.read(_LONGEST).rstrip()
    except (OSError, ValueError):
        return b""
    return said if said.startswith(b"ref: ") or _OID.fullmatch(said) else b""


def _in_packed(file: Path, ref: str) -> bytes:
    """Returns what the file of packed refs says of a ref; it is read anew only when it was replaced."""
    try:
        seen = file.stat()
        stamp = (seen.st_mtime_ns, seen.st_size, seen.st_ino)
        if file not in _packed or _packed[file][0] != stamp:
            _packed[file] = stamp, file.read_bytes()
    except OSError:
        return b""
    data = _packed[file][1]
    at = data.find(b" " + ref.encode("utf-8", "surrogateescape") + b"\n")
    found = data[max(at - 40, 0) : at] if at >= 0 else b""
    return found if _OID.fullmatch(found) else b""
