"""What is kept of the records of one read: shortened, redacted, within the limit of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.sessions import key_block, shorten
from kit.sessions.record import added

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.safety.redactor import Redactor


class Kept(NamedTuple):
    """Redacted records, what was taken out of them and what was left out, by kind, and how a key block stands."""

    records: list[bytes]
    redacted: Mapping[str, int]
    left_out: Mapping[str, int]
    open_key: int


def keep(
    records: Sequence[bytes], redactor: Redactor, *, room: int, is_over: bool, is_full: bool, open_key: int
) -> Kept:
    """Returns what is kept of whole records: none after the first that does not fit into `room` bytes.

    `is_over` says that none did before; `is_full` keeps copies of files and images; `open_key` is what the read before
    came to. What the redactor has found stays known to it.
    """
    counting = redactor.fork()
    left_out: Mapping[str, int] = {}
    if is_over:
        return Kept([], {}, _beyond(records), open_key)
    shortened = list(records)
    if not is_full:
        aside = redactor.fork()  # what is left out is not counted as redacted
        for number, data in enumerate(records):
            short = shorten.shorten(data, aside.text)
            if short.counts:
                shortened[number] = short.record
                left_out = added(left_out, short.counts)
    kept = counting.records(shortened)
    keys = 0
    for number, original in enumerate(records):
        if open_key or b"PRIVATE KEY" in original:
            kept[number], count, open_key = key_block.redact(original, kept[number], open_key)
            keys += count
    for number, data in enumerate(kept):
        room -= len(data) + 1
        if room < 0:
            left_out = added(left_out, _beyond(records[number:]))
            del kept[number:]
            break
    redacted = dict(counting.counts)
    return Kept(kept, added(redacted, {"private-key": keys}) if keys else redacted, left_out, open_key)


def _beyond(records: Sequence[bytes]) -> dict[str, int]:
    return {"records": len(records), "bytes": sum(map(len, records)) + len(records)}
