"""The bytes of a part: records, each on its line, and one blank line that makes the file unlike any other.

Two sessions can hold the same lines (a transcript that was branched is a copy), and one of them may remove what the
other still has if both were one object in git (kit.store.superseded).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_BITS = 64


def dump(lines: bytes, seed: str) -> bytes:
    """Returns the file of a part: whole lines, and the blank one that `seed` makes."""
    number = int.from_bytes(
        hashlib.sha256(seed.encode() + hashlib.sha256(lines).digest()).digest()[: _BITS // 8], "big"
    )
    return lines + f"{number:0{_BITS}b}".translate({0x30: " ", 0x31: "\t"}).encode() + b"\n"


def content(data: bytes) -> bytes:
    """Returns the lines of a part without the blank one."""
    cut = data.rfind(b"\n", 0, len(data) - 1) + 1
    return data[:cut] if data[cut:].isspace() else data


def records(data: bytes) -> Sequence[bytes]:
    """Returns the records of a part."""
    return content(data).split(b"\n")[:-1]
