"""Says whether what a source quotes stands in the records that it names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from kit.safety.text import bare

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DEPTH = 6  # JSON in JSON, and lists in lists


def holds(records: Iterable[tuple[int, bytes]], excerpt: str) -> bool:
    """Says whether an excerpt stands in one text of one of these records; blanks and hidden characters do not count.

    The texts are the decoded strings of a record, JSON in them decoded too. What was cut out of its middle by
    redaction after the excerpt was taken is not found any more.
    """
    wanted = bare(excerpt)
    return bool(wanted) and any(wanted in bare(text) for _, data in records for text in _texts(data))


def _texts(data: bytes) -> Iterator[str]:
    text = data.decode("utf-8", "replace")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        yield text
    else:
        yield from _strings(found, 0)


def _strings(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        if depth < _DEPTH and value[:1] in "{[" and value[-1:] in "}]":
            try:
                inner = json.loads(value)
            except (ValueError, RecursionError):
                return
            yield from _strings(inner, depth + 1)
    elif isinstance(value, dict | list) and depth < _DEPTH * 4:
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings(each, depth + 1)
