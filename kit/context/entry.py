"""One message of a thread, as the rooms compute with it: a frozen view of a record of type `entry`, and its file.

The file is front matter, and then the content byte for byte: whatever stands in it, nothing of it is read as markup.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.context.fields import is_id, trouble
from kit.errors import InvalidInput
from kit.records import estimate, strict_json, times, yaml_dump, yaml_read

if TYPE_CHECKING:
    from collections.abc import Mapping

ROLES = ("system", "developer", "user", "assistant", "tool")
KINDS = ("instruction", "dialogue", "tool-io", "reasoning", "artifact", "output", "freeform", "session", "config",
         "metadata")  # fmt: skip
#: Bytes of content that one entry may have; its file has some more.
MAX_TEXT = 1_000_000
MAX_BYTES = strict_json.MAX_BYTES
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
    if wrong := trouble(each):
        raise InvalidInput(f"the entry's {wrong}", hint="kit schema entry shows what it may be", code="invalid_entry")
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
    if wrong := trouble(found):
        raise _broken(f"has a wrong field: its {wrong}")
    return found


def _broken(why: str) -> InvalidInput:
    return InvalidInput(f"the record {why}", hint="kit context log shows who wrote it", code="broken_record")


def _too_large(size: int) -> InvalidInput:
    return InvalidInput(
        f"the content has {size} bytes, the limit is {MAX_TEXT}",
        hint="put it beside the thread and say where: kit artifact put FILE",
        code="too_large",
    )
