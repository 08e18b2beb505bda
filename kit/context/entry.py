"""One message of a thread, as the rooms compute with it: a frozen view of a record of type `entry`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Tokens:
    """How many tokens a text is, and who says so: estimate, rs-bpe or usage."""

    count: int
    by: str


class Entry(NamedTuple):
    """An entry: `at` in seconds since the epoch, `text` its body byte for byte, `oid` the object id of its file."""

    id: str
    at: float
    role: str
    kind: str
    text: str
    priority: str = "normal"
    tokens: Tokens | None = None
    tags: tuple[str, ...] = ()
    retain: tuple[Mapping[str, str], ...] = ()
    call: str = ""
    tool: str = ""
    model: str = ""
    generation: Mapping[str, Any] = {}
    usage: Mapping[str, int] = {}
    edits: str = ""
    folds: tuple[str, ...] = ()
    agent: str = ""
    instance: str = ""
    oid: str = ""
