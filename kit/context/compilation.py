"""The record of a compile: what exactly was sent, from which commit, by whom; proved or disproved any time later."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from kit import __version__
from kit.context import options as optional
from kit.context.options import GENERATION, Options
from kit.errors import InvalidInput
from kit.records import ids, strict_json, times

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.context.compiled import Compiled

FOLDER = "compiled"
#: A record names every entry that was sent: 10,000 of them are some 700 kB.
MAX_BYTES = 16 << 20
_ID = re.compile(r"[0-9a-f]{12}-[0-9a-f]{8}")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class Sent(NamedTuple):
    """One entry that was sent; `digest` is the first 16 hex digits of the sha256 of the text sent."""

    id: str
    digest: str
    tokens: int
    by: str
    form: str


class Compilation(NamedTuple):
    """A compile record; `at` in seconds since the epoch, `digest` of the bytes that were sent, `size` their number."""

    id: str
    thread: str
    commit: str
    options: Options
    digest: str
    size: int
    tokens: int
    entries: tuple[Sent, ...]
    cut: Mapping[str, int]
    agent: str
    instance: str
    at: float
    kit: str = __version__
    generation: int = GENERATION

    def record(self) -> dict[str, Any]:
        """Returns the record as it stands in git; an entry is one line, so that thousands fit."""
        return {
            "type": "compilation",
            "id": self.id,
            "thread": self.thread,
            "commit": self.commit,
            "options": self.options.record(),
            "digest": self.digest,
            "bytes": self.size,
            "tokens": self.tokens,
            "entries": [" ".join(map(str, each)) for each in self.entries],
            "cut": dict(self.cut),
            "kit": self.kit,
            "generation": self.generation,
            "agent": self.agent,
            "instance": self.instance,
            "at": times.stamp(self.at),
        }


def is_id(text: str) -> bool:
    """Whether `text` can be the id of a compile record."""
    return bool(_ID.fullmatch(text))


def path_of(thread: str, name: str) -> str:
    """Returns where a record stands in the tree of its thread."""
    return f"context/{thread}/{FOLDER}/{name}.json"


def make(
    compiled: Compiled, options: Options, *, name: str, thread: str, agent: str, instance: str, at: float
) -> Compilation:
    """Returns the record of a compile; `name` is its id."""
    account = compiled.account
    sent = tuple(Sent(*(each[key] for key in Sent._fields)) for each in account["entries"])
    return Compilation(
        name, thread, account["commit"], options, compiled.digest, len(compiled.data), account["tokens"]["total"],
        sent, account["cut_by_reason"], agent, instance, at,
    )  # fmt: skip


def parse(data: bytes) -> Compilation:
    """Returns the record in a file. Raises InvalidInput when it is none that kit has written."""
    value = strict_json.load(data, max_bytes=MAX_BYTES)
    try:
        if value["type"] != "compilation" or not is_id(value["id"]) or ids.problem(value["thread"]):
            raise ValueError
        if not _COMMIT.fullmatch(value["commit"]) or not _DIGEST.fullmatch(value["digest"]):
            raise ValueError
        return Compilation(
            value["id"], value["thread"], value["commit"], optional.parse(value["options"]), value["digest"],
            int(value["bytes"]), int(value["tokens"]), tuple(map(_sent, value["entries"])),
            {str(reason): int(number) for reason, number in value["cut"].items()},
            str(value["agent"]), str(value["instance"]), times.seconds(value["at"]), str(value["kit"]),
            int(value["generation"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InvalidInput("the compile record is not whole", hint="it was not written by kit") from None


def _sent(line: str) -> Sent:
    name, digest, tokens, by, form = line.split(" ")
    return Sent(name, digest, int(tokens), by, form)
