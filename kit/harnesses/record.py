"""One record of a transcript as it is: JSON from anyone, of any shape, which must not be believed and must not fail.

Every value is asked for by the type it should have, and is empty where it has another.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from kit.harnesses.event import OTHER, Event

if TYPE_CHECKING:
    from collections.abc import Iterable

NOT_JSON = "not-json"
_MILLISECONDS = 1e11  # a time stamp above this many is not in seconds: that would be the year 5138
_MAX_SECONDS = 253402300799  # the end of the year 9999


def load(record: bytes) -> dict[str, Any] | None:
    """Returns the object that a record holds, None when it is not a JSON object.

    Bytes that are no UTF-8 and halves of surrogate pairs become U+FFFD: what comes out can always be encoded.
    """
    found: Any
    try:
        found = json.loads(str(record, "utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    if isinstance(found, dict) and (b"\\ud" in record or b"\\uD" in record):
        try:
            found = _mended(found)
        except RecursionError:
            return None
    return found if isinstance(found, dict) else None


def _mended(value: Any) -> Any:
    """Replaces lone surrogates, which JSON can spell and UTF-8 cannot."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_mended(each) for each in value]
    if isinstance(value, dict):
        return {_mended(key): _mended(each) for key, each in value.items()}
    return value


def dump(value: object) -> bytes:
    """Returns a value as one line of JSON; the keys stay in their order."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def text(value: object) -> str:
    return value if isinstance(value, str) else ""


def mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def counts(**named: object) -> dict[str, int]:
    """Returns those of the named values that are counts above zero."""
    return {name: value for name, value in named.items() if isinstance(value, int) and value > 0 and value is not True}


def first(value: dict[str, Any], *names: str) -> str:
    """Returns the first of the named values that is a text and not empty."""
    return next((value[name] for name in names if isinstance(value.get(name), str) and value[name]), "")


def stamp(value: object) -> str:
    """Returns a time as `2026-11-20T10:00:00Z`: from ISO 8601, or seconds or milliseconds since 1970; "" if it is none.

    A time without a zone is taken for UTC.
    """
    if isinstance(value, str):
        return _stamped(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < _MAX_SECONDS * 1000:
        seconds = value / 1000 if value > _MILLISECONDS else value
        if seconds <= _MAX_SECONDS:
            return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return ""


def _stamped(value: str) -> str:
    if not 19 <= len(value) <= 40:
        return ""
    try:
        at = datetime.fromisoformat(value)
        if value[-1] == "Z" and value[10] == "T" and value[19] in ".Z":
            return value[:19] + "Z"
        at = at.astimezone(UTC) if at.tzinfo else at
    except (ValueError, OverflowError):
        return ""
    return at.isoformat(timespec="seconds")[:19] + "Z"


def words(value: object) -> str:
    """Returns the text of a content: a text itself, or the texts of its blocks, one under the other."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return text(value.get("text"))
    if isinstance(value, list):
        found = [each if isinstance(each, str) else text(each.get("text")) for each in value if _is_worded(each)]
        return "\n".join(each for each in found if each)
    return ""


def _is_worded(value: object) -> bool:
    return isinstance(value, str | dict)


def arguments(value: object) -> dict[str, Any] | str:
    """Returns what a tool was given: an object, also one that was written as a text, else the text."""
    if isinstance(value, dict):
        return value
    given = text(value)
    if given[:1] == "{":
        return load(given.encode("utf-8", "replace")) or given
    return given


def other(line: int, what: object, at: str = "") -> Event:
    """Returns the event that stands for a record nobody knows to read: `what` is its type."""
    return Event(OTHER, line, at, tool=what[:200] if isinstance(what, str) and what else "untyped")


def loaded(records: Iterable[tuple[int, bytes]]) -> Iterable[tuple[int, dict[str, Any] | None]]:
    """Returns the records with their numbers as objects, None for those that are none."""
    return ((line, load(record)) for line, record in records)
