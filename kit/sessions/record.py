"""What `meta.json` of a session says: where it came from, how far it was read, and what each part holds.

It is written in the same commit as the parts, so it never tells of bytes that are not there, or of fewer.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.errors import InvalidInput
from kit.records import ids, strict_json

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = "sessions"
META = "meta.json"
MAX_META = 1 << 20
#: A session has at most about so many parts, whatever `sessions.max_part` says: `meta.json` is written each time.
MOST_PARTS = 500
#: From so many parts on those of different sources are joined too: a file can be replaced any number of times.
CROWDED = 1000
MOST_NOTICES = 20


class Part(NamedTuple):
    """One slice of a session: `start` and `end` are the range of the source it was read from.

    `source` counts the sources: it goes up when the source was truncated, replaced or rotated. `checksum` is the
    SHA-256 of what was read for it; where parts were joined, that of their two checksums one after the other.
    """

    name: str
    lines: int
    bytes: int
    start: int
    end: int
    checksum: str
    source: int = 1
    redacted: Mapping[str, int] = {}

    def joined(self, other: Part) -> Part:
        """Returns the part that holds what this one does and then what `other`, the next one, does.

        Of two sources the range is that of the later one.
        """
        is_same = self.source == other.source
        return self._replace(
            lines=self.lines + other.lines,
            bytes=self.bytes + other.bytes,
            start=min(self.start, other.start) if is_same else other.start,
            end=max(self.end, other.end) if is_same else other.end,
            source=other.source,
            checksum=hashlib.sha256((self.checksum + other.checksum).encode()).hexdigest(),
            redacted=added(self.redacted, other.redacted),
        )


class Notice(NamedTuple):
    """What happened to the source, and the line with which its new content begins."""

    at: str
    what: str
    line: int


@dataclass(frozen=True)
class Meta:
    """The record of one session; times are stamps, "" where there is none yet."""

    harness: str
    session: str
    agent: str
    instance: str
    parent: str = ""
    source: str = ""
    cwd: str = ""
    started: str = ""
    mirrored: str = ""
    ended: str = ""
    cursor: str = ""
    parts: tuple[Part, ...] = ()
    redacted: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    bad: int = 0
    notices: tuple[Notice, ...] = ()
    notices_dropped: int = 0
    open_key: int = 0

    @property
    def lines(self) -> int:
        return sum(part.lines for part in self.parts)

    @property
    def size(self) -> int:
        return sum(part.bytes for part in self.parts)

    @property
    def is_full(self) -> bool:
        """Whether `sessions.max_session` was reached: what comes after is read and left out, so there is no gap."""
        return bool(self.left_out.get("records"))

    def noticed(self, notice: Notice) -> Meta:
        kept = (*self.notices, notice)[-MOST_NOTICES:]
        dropped = self.notices_dropped + len(self.notices) + 1 - len(kept)
        return replace(self, notices=kept, notices_dropped=dropped)

    def dump(self) -> bytes:
        """Returns the record as it is written (schemas/session.schema.json)."""
        told = {
            "type": "session", "id": self.session, "harness": self.harness, "agent": self.agent,
            "instance": self.instance, "parent": self.parent, "source": self.source, "cwd": self.cwd,
            "started": self.started, "mirrored": self.mirrored, "ended": self.ended, "cursor": self.cursor,
            "lines": self.lines, "bytes": self.size,
            "redacted": dict(sorted(self.redacted.items())), "left_out": dict(sorted(self.left_out.items())),
            "bad": self.bad, "notices": [each._asdict() for each in self.notices],
            "notices_dropped": self.notices_dropped, "open_key": self.open_key,
            "parts": [_part(each) for each in self.parts],
        }  # fmt: skip
        return strict_json.dump({name: value for name, value in told.items() if value or name in _ALWAYS})


_ALWAYS = ("type", "id", "harness", "agent", "instance", "mirrored", "lines", "bytes", "parts")


def ref_of(harness: str, session: str) -> str:
    """Returns the ref of a session, which is also its folder. Raises InvalidInput for what is no id."""
    return f"{FOLDER}/{ids.check(harness, what='harness')}/{ids.check(session, what='session')}"


def part_name(number: int) -> str:
    return f"part-{number:05d}.jsonl"


def added(*counts: Mapping[str, int]) -> dict[str, int]:
    """Returns the sum of counts by kind."""
    total: dict[str, int] = {}
    for each in counts:
        for kind, count in each.items():
            total[kind] = total.get(kind, 0) + count
    return total


def load(data: bytes, *, ref: str) -> Meta:
    """Returns the record that stands in `data`. Raises InvalidInput when it is none, or not that of `ref`."""
    try:
        told = strict_json.load(data, max_bytes=MAX_META)
        meta = Meta(
            **{name: _text(told.get(name, "")) for name in _TEXTS}, session=_text(told["id"]),
            parts=tuple(_read_part(each) for each in told["parts"]),
            redacted=_counts(told.get("redacted", {})), left_out=_counts(told.get("left_out", {})),
            bad=_number(told.get("bad", 0)),
            notices=tuple(
                Notice(_text(each["at"]), _text(each["what"]), _number(each["line"]))
                for each in told.get("notices", [])
            ),
            notices_dropped=_number(told.get("notices_dropped", 0)), open_key=_number(told.get("open_key", 0)),
        )  # fmt: skip
    except (strict_json.Malformed, AttributeError, KeyError, TypeError, ValueError) as error:
        raise InvalidInput(
            f"{ref}/{META} is no record of a session: {error}", hint="git log shows who wrote it", code="damaged"
        ) from None
    if f"{FOLDER}/{meta.harness}/{meta.session}" != ref:
        raise InvalidInput(f"{ref}/{META} is that of another session", hint="git log shows who wrote it")
    return meta


_TEXTS = ("harness", "agent", "instance", "parent", "source", "cwd", "started", "mirrored", "ended", "cursor")


def _part(part: Part) -> dict[str, Any]:
    told = part._asdict()
    return {name: value for name, value in told.items() if value or name != "redacted"}


def _read_part(told: Any) -> Part:
    name = _text(told["name"])
    if name != part_name(int(name[5:10])):
        message = f"{name[:40]!r} is no part"
        raise ValueError(message)
    lines, size, start, end, source = (_number(told[each]) for each in ("lines", "bytes", "start", "end", "source"))
    return Part(name, lines, size, start, end, _text(told["checksum"]), source, _counts(told.get("redacted", {})))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{str(value)[:40]!r} is no text")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 53:
        raise TypeError(f"{str(value)[:40]!r} is no count")
    return value


def _counts(told: Any) -> dict[str, int]:
    return {_text(kind): _number(count) for kind, count in told.items()}
