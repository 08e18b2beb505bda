"""One message of a thread, as the rooms compute with it: a frozen view of a record of type `entry`, and its file.

The file is front matter, and then the content byte for byte: whatever stands in it, nothing of it is read as markup.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.errors import InvalidInput
from kit.records import estimate, ids, strict_json, times, yaml_dump, yaml_read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROLES = ("system", "developer", "user", "assistant", "tool")
KINDS = ("instruction", "dialogue", "tool-io", "reasoning", "artifact", "output", "freeform", "session", "config",
         "metadata")  # fmt: skip
PRIORITIES = ("skip", "normal", "important", "pinned")
COUNTERS = ("estimate", "rs-bpe", "usage")
MATCHES = ("substring", "regex")
#: Bytes of content that one entry may have; its file has some more.
MAX_TEXT = 1_000_000
MAX_BYTES = strict_json.MAX_BYTES
MAX_TAGS = 50
MAX_RETAIN = 50
_MAX_WORD = 200
_ID = re.compile(r"[0-9a-f]{12}-[0-9a-f]{8}")
_OF_KIND = {"instruction": "pinned", "session": "pinned", "reasoning": "skip"}
_OF_ROLE = {"system": "instruction", "developer": "instruction", "user": "dialogue", "assistant": "dialogue",
            "tool": "tool-io"}  # fmt: skip
_WORDS = ("call", "tool", "model", "from")
_FENCE = "---\n"
_ORDER = ("type", "id", "at", "role", "kind", "priority", "tokens", "tags", "retain", "call", "tool", "model",
          "generation", "usage", "edits", "folds", "from", "agent", "instance")  # fmt: skip


@dataclass(frozen=True)
class Tokens:
    """How many tokens a text is, and who says so: estimate, rs-bpe or usage."""

    count: int
    by: str


class Entry(NamedTuple):
    """An entry: `at` in seconds since the epoch, `text` its body byte for byte, `oid` the object id of its file.

    `edits` is the entry that it replaces; `origin` where it comes from (the field `from`). `path` is its file below
    the thread's folder; `more` are fields that this kit does not know, which stay.
    """

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
    origin: str = ""
    path: str = ""
    more: Mapping[str, Any] = {}

    def meta(self) -> dict[str, Any]:
        """Returns the front matter as it is written (schemas/entry.schema.json)."""
        fields: dict[str, Any] = {
            "type": "entry",
            "id": self.id,
            "at": times.stamp(self.at),
            "role": self.role,
            "kind": self.kind,
            "priority": self.priority,
            "tokens": {"count": self.tokens.count, "by": self.tokens.by} if self.tokens else None,
            "tags": list(self.tags),
            "retain": [dict(each) for each in self.retain],
            "call": self.call,
            "tool": self.tool,
            "model": self.model,
            "generation": dict(self.generation),
            "usage": dict(self.usage),
            "edits": self.edits,
            "folds": list(self.folds),
            "from": self.origin,
            "agent": self.agent,
            "instance": self.instance,
        }
        return {name: value for name, value in fields.items() if value or name == "role"} | dict(self.more)

    def record(self) -> dict[str, Any]:
        """Returns the entry as JSON: the fields, and the content as `text`."""
        return {**self.meta(), "text": self.text}

    def dump(self) -> bytes:
        """Returns the bytes of its file. Raises InvalidInput for what no file can hold."""
        data = strict_json.encode(f"{_FENCE}{yaml_dump.dump(self.meta())}{_FENCE}{self.text}")
        if len(data) > MAX_BYTES:
            raise _too_large(len(data))
        return data


def kind_of(role: str) -> str:
    """Returns the kind that an entry of this role has unless told."""
    return _OF_ROLE.get(role, "freeform")


def priority_of(kind: str) -> str:
    """Returns the priority that an entry of this kind has unless told."""
    return _OF_KIND.get(kind, "normal")


def is_id(text: str) -> bool:
    """Whether `text` is the id of an entry: 12 hex digits of milliseconds, 8 random ones."""
    return bool(_ID.fullmatch(text))


def make_id(now: float, random: str) -> str:
    return f"{int(now * 1000):012x}-{random}"


def count(text: str) -> Tokens:
    """Returns the tokens that a text is taken for, as an estimate."""
    return Tokens(estimate.tokens(len(text.encode("utf-8", "surrogatepass"))), "estimate")


def order(each: Entry) -> tuple[float, str]:
    """Sorts entries as they were said: by their time, then by their id."""
    return each.at, each.id


def check(each: Entry) -> Entry:
    """Returns an entry that may be written. Raises InvalidInput for a field that is not what it must be."""
    size = len(strict_json.encode(each.text))
    if size > MAX_TEXT:
        raise _too_large(size)
    if trouble := _trouble(each):
        raise InvalidInput(f"the entry's {trouble}", hint="kit schema entry shows what it may be", code="invalid_entry")
    for pattern in each.retain:
        if pattern["match"] == "regex":
            try:
                re.compile(pattern["pattern"])
            except re.error as error:
                raise InvalidInput(
                    f"{pattern['pattern'][:80]!r} is no regular expression: {error}", hint="mend it", code="pattern"
                ) from None
    return each


def parse(name: str, data: bytes, *, oid: str = "", path: str = "") -> Entry:
    """Returns the entry with the id `name` in the bytes of its file. Raises InvalidInput when it is not one."""
    if len(data) > MAX_BYTES:
        raise _too_large(len(data))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise _broken("is not UTF-8") from None
    if not text.startswith(_FENCE):
        raise _broken("begins with no ---")
    end = 3 if text.startswith(_FENCE, 4) else text.find("\n" + _FENCE, 3)
    if end < 0:
        raise _broken("has front matter that is not closed")
    matter = text[4 : end + 1]
    meta = yaml_read.load(matter)
    if meta is None:
        meta = _whole(matter)
    return _view(name, meta, text[end + 5 :], oid, path)


def of_record(record: Mapping[str, Any]) -> Entry:
    """Returns the entry in a JSON object as `record` makes it. Raises InvalidInput when it is not one."""
    meta = dict(record)
    text = meta.pop("text", "")
    if not isinstance(text, str):
        raise _broken("has a text that is none")
    return check(_view(str(meta.get("id", "")), meta, text, "", ""))


def _whole(matter: str) -> Any:
    """Reads front matter that someone has not written canonically; that takes the YAML library."""
    from kit.records import front_matter

    return front_matter.load(matter)


def _view(name: str, meta: Any, text: str, oid: str, path: str) -> Entry:
    if not isinstance(meta, dict) or meta.get("type") != "entry" or meta.get("id") != name or not is_id(name):
        raise _broken(f"is not the entry {name}")
    tokens, folds = meta.get("tokens"), meta.get("folds", [])
    tags, retain = meta.get("tags", []), meta.get("retain", [])
    if not all(isinstance(each, list) for each in (tags, retain, folds)):
        raise _broken("has a field that is no list")
    if not (tokens is None or (isinstance(tokens, dict) and tokens.keys() == {"count", "by"})):
        raise _broken("has tokens that are none")
    found = Entry(
        name,
        times.seconds(meta.get("at", "")),
        meta.get("role", ""),
        meta.get("kind", ""),
        text,
        meta.get("priority", "normal"),
        Tokens(**tokens) if tokens else None,
        tuple(tags),
        tuple(retain),
        meta.get("call", ""),
        meta.get("tool", ""),
        meta.get("model", ""),
        meta.get("generation", {}),
        meta.get("usage", {}),
        meta.get("edits", ""),
        tuple(folds),
        meta.get("agent", ""),
        meta.get("instance", ""),
        oid,
        meta.get("from", ""),
        path,
        {key: value for key, value in meta.items() if key not in _ORDER},
    )
    if trouble := _trouble(found):
        raise _broken(f"has a wrong field: its {trouble}")
    return found


def _trouble(each: Entry) -> str:
    """Returns what is wrong with the fields of an entry, "" when nothing is; they may be of any type."""
    words = (each.role, each.kind, each.priority, each.call, each.tool, each.model, each.origin, each.edits)
    if not all(isinstance(word, str) and len(word) <= _MAX_WORD for word in (*words, each.agent, each.instance)):
        return f"words are too long, or none (the limit is {_MAX_WORD} characters)"
    return next(chain(_wrong_words(each), _wrong_lists(each)), "")


def _wrong_words(each: Entry) -> Iterator[str]:
    for name, word in (("role", each.role), ("kind", each.kind)):
        if ids.problem(word):
            yield f"{name} {word[:40]!r} {ids.problem(word)}"
    if each.priority not in PRIORITIES:
        yield f"priority {each.priority[:40]!r} is none of {', '.join(PRIORITIES)}"
    if each.edits and not is_id(each.edits):
        yield f"target {each.edits[:40]!r} is not the id of an entry"
    tokens = each.tokens
    if tokens and (type(tokens.count) is not int or tokens.count < 0 or tokens.by not in COUNTERS):
        yield "tokens are not counted as they must be"


def _wrong_lists(each: Entry) -> Iterator[str]:
    if len(each.tags) > MAX_TAGS or not all(isinstance(tag, str) and not ids.problem(tag) for tag in each.tags):
        yield f"tags must be ids, at most {MAX_TAGS}"
    if len(each.retain) > MAX_RETAIN or not all(map(_is_pattern, each.retain)):
        yield f"retain must list patterns, each with match and pattern, at most {MAX_RETAIN}"
    if not all(isinstance(fold, str) and len(fold) <= _MAX_WORD for fold in each.folds):
        yield "folds must be ids"
    if not (isinstance(each.generation, dict) and isinstance(each.usage, dict)):
        yield "generation and usage must be mappings"
    elif not all(type(number) is int and number >= 0 for number in each.usage.values()):
        yield "usage must be counts"


def _is_pattern(each: Any) -> bool:
    return (
        isinstance(each, dict)
        and each.keys() == {"match", "pattern"}
        and each["match"] in MATCHES
        and isinstance(each["pattern"], str)
        and 0 < len(each["pattern"]) <= _MAX_WORD
    )


def _broken(why: str) -> InvalidInput:
    return InvalidInput(f"the record {why}", hint="kit context log shows who wrote it", code="broken_record")


def _too_large(size: int) -> InvalidInput:
    return InvalidInput(
        f"the content has {size} bytes, the limit is {MAX_TEXT}",
        hint="put it beside the thread and say where: kit artifact put FILE",
        code="too_large",
    )
