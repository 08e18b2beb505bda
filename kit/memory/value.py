"""The value of a key: what may be written, and the view of a record that anything may have written."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.errors import Blocked, InvalidInput
from kit.records import ids, strict_json, times

if TYPE_CHECKING:
    from kit.safety.redactor import Redactor

MAX_BYTES = 64 << 10
MAX_KEY = 200
_SEGMENT = re.compile(r"[a-z0-9][a-z0-9_-]*")
_LAST_VERSION = 2**53


class Value(NamedTuple):
    """One version of a key's value; `at` is in seconds since the epoch by its author's clock."""

    key: str
    version: int
    value: Any
    agent: str
    instance: str
    at: float
    nonce: str = ""
    is_deleted: bool = False

    def record(self) -> dict[str, Any]:
        """Returns the record as it is written (schemas/memory.schema.json)."""
        return {
            "type": "memory",
            "key": self.key,
            "version": self.version,
            "value": self.value,
            "agent": self.agent,
            "instance": self.instance,
            "at": times.stamp(self.at),
            **({"deleted": True} if self.is_deleted else {}),
            "nonce": self.nonce,
        }

    @property
    def text(self) -> str:
        """The bare value: text as it is, anything else as JSON on one line."""
        return self.value if isinstance(self.value, str) else json.dumps(self.value, ensure_ascii=False)


def check_key(key: str) -> list[str]:
    """Returns the segments of a key. Raises InvalidInput for what is none, proposing the nearest one."""
    segments = key.split(".")
    wrong = [each for each in segments if ids.problem(each) or not _SEGMENT.fullmatch(each)]
    if not wrong and len(key) <= MAX_KEY:
        return segments
    near = ".".join(filter(None, map(ids.slug, segments)))[:MAX_KEY].strip(".-_")
    why = f"segment {wrong[0][:40]!r} {ids.problem(wrong[0])}" if wrong else f"it has more than {MAX_KEY} characters"
    raise InvalidInput(
        f"{key[: ids.MAX_LENGTH]!r} is not a key: {why}",
        hint=f"did you mean {near!r}?" if near else "write it like build.cache-dir",
        code="invalid_key",
        value=key[: ids.MAX_LENGTH],
    )


def path_of(key: str) -> str:
    return f"memory/{'/'.join(check_key(key))}.json"


def ref_of(key: str) -> str:
    """Returns the ref in which a key stands: that of its first segment."""
    return f"memory/{check_key(key)[0]}"


def key_of(path: str) -> str:
    """Returns the key whose value stands at a path, "" for a path that is no key's."""
    segments = path.removeprefix("memory/").removesuffix(".json").split("/")
    is_key = all(_SEGMENT.fullmatch(each) and not ids.problem(each) for each in segments)
    key = ".".join(segments)
    return key if is_key and path == f"memory/{'/'.join(segments)}.json" and len(key) <= MAX_KEY else ""


def given(text: str, redactor: Redactor, *, is_json: bool) -> tuple[Any, dict[str, int]]:
    """Returns the value to be written, its secrets taken out, and how many there were of each kind.

    Raises InvalidInput for what is not strict JSON (where `is_json`) or too large, Blocked when a secret cannot be
    taken out of the JSON without breaking it: as a number, or as a key.
    """
    value: Any = text
    if is_json:
        value = strict_json.load(text.encode("utf-8", "surrogateescape"))
        plain = json.dumps(value, ensure_ascii=False)
        clean = redactor.record(plain.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")
        if left := redactor.find(clean):
            raise Blocked(
                f"the value holds a secret ({', '.join(sorted({each.kind for each in left}))}) that cannot be taken"
                " out of the JSON",
                hint="take it out yourself", code="secret",
            )  # fmt: skip
        value = value if clean == plain else strict_json.load(clean.encode("utf-8", "surrogatepass"))
    else:
        value = clean = redactor.text(text)
    size = len(clean.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise InvalidInput(
            f"the value has {size} bytes, the limit is {MAX_BYTES}", hint="kit artifact put FILE", code="too_large"
        )
    return value, dict(redactor.counts)


def parse(key: str, data: bytes) -> Value:
    """Returns the version of `key` in a record. Raises InvalidInput when it is not what it must be."""
    record: Any = strict_json.load(data)
    if not isinstance(record, dict) or record.get("type") != "memory" or record.get("key") != key:
        raise _broken(key)
    version, who = record.get("version"), [record.get(name, "") for name in ("agent", "instance", "nonce")]
    if isinstance(version, bool) or not isinstance(version, int) or not 0 < version < _LAST_VERSION:
        raise _broken(key)
    if "value" not in record or not all(isinstance(each, str) for each in who) or any(map(ids.problem, who[:2])):
        raise _broken(key)
    at = times.seconds(record.get("at", ""))
    return Value(key, version, record["value"], who[0], who[1], at, who[2], record.get("deleted") is True)


def _broken(key: str) -> InvalidInput:
    return InvalidInput(
        f"the live record {path_of(key)} is broken",
        hint=f"kit memory history {key} shows the versions before it; kit memory set writes a new one",
        code="broken_record",
    )
