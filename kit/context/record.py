"""The record of a thread: what it is for, where it comes from, and the names its commits were given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kit.errors import InvalidInput
from kit.records import ids, strict_json, times

if TYPE_CHECKING:
    from collections.abc import Mapping

_ORDER = ("type", "id", "title", "task", "purpose", "parent", "budget", "at", "after", "agent", "instance", "tags",
          "handoff", "collapsed", "closed")  # fmt: skip
_MAX_TEXT = 2000
_TOLD = ("agent", "thread", "entry")
#: Tokens that a thread may be given at most: more than any model is sent.
MAX_BUDGET = 1_000_000_000


class Parent(NamedTuple):
    """The thread that one was begun from, and the commit of it."""

    thread: str
    commit: str


class Closed(NamedTuple):
    """When and by whom a thread was deleted: it is listed no more, and gone with a later `kit context gc`."""

    at: float
    agent: str


class Handed(NamedTuple):
    """When and by whom a thread was last handed over."""

    at: float
    agent: str


class Collapsed(NamedTuple):
    """When and by whom what came of a thread was told to another, and which entry tells it there."""

    at: float
    agent: str
    thread: str
    entry: str


class Record(NamedTuple):
    """A thread's record; `tags` are commits by the names they were given, `more` fields that this kit does not know.

    `budget` is in tokens, 0 for none. No entry is added before `after` (seconds since the epoch): a merge has
    brought entries up to there, or a rebase has moved some whose ids tell an earlier time.
    """

    id: str
    at: float
    agent: str = ""
    instance: str = ""
    title: str = ""
    task: str = ""
    purpose: str = ""
    parent: Parent | None = None
    budget: int = 0
    after: float = 0.0
    tags: Mapping[str, str] = {}
    handoff: Handed | None = None
    collapsed: Collapsed | None = None
    closed: Closed | None = None
    more: Mapping[str, Any] = {}

    def record(self) -> dict[str, Any]:
        """Returns the record as it is written (schemas/thread.schema.json)."""
        fields: dict[str, Any] = {
            "type": "thread",
            "id": self.id,
            "title": self.title,
            "task": self.task,
            "purpose": self.purpose,
            "parent": self.parent._asdict() if self.parent else None,
            "budget": self.budget,
            "at": times.stamp(self.at),
            "after": times.stamp(self.after) if self.after else None,
            "agent": self.agent,
            "instance": self.instance,
            "tags": dict(sorted(self.tags.items())),
            "handoff": _dated(self.handoff),
            "collapsed": _dated(self.collapsed),
            "closed": _dated(self.closed),
        }
        return {name: value for name, value in fields.items() if value} | dict(self.more)

    def dump(self) -> bytes:
        return strict_json.dump(self.record())


def parse(thread: str, data: bytes) -> Record:
    """Returns the record of a thread. Raises InvalidInput when it is not what it must be."""
    found: Any = strict_json.load(data)
    if not isinstance(found, dict) or found.get("type") != "thread" or ids.problem(str(found.get("id", ""))):
        raise _broken(thread)
    words = {name: found.get(name, "") for name in ("agent", "instance", "title", "task", "purpose")}
    tags, parent, budget = found.get("tags", {}), found.get("parent"), found.get("budget", 0)
    handoff, collapsed, closed = (found.get(name) for name in ("handoff", "collapsed", "closed"))
    is_sound = (
        all(isinstance(word, str) and len(word) <= _MAX_TEXT for word in words.values())
        and isinstance(tags, dict)
        and all(not ids.problem(name) and is_oid(oid) for name, oid in tags.items())
        and (parent is None or _is_parent(parent))
        and type(budget) is int
        and 0 <= budget <= MAX_BUDGET
        and all(each is None or _is_said(each, "agent") for each in (handoff, closed))
        and (collapsed is None or _is_said(collapsed, *_TOLD))
    )
    if not is_sound:
        raise _broken(thread)
    return Record(
        found["id"],
        times.seconds(found.get("at", "")),
        **words,
        parent=Parent(parent["thread"], parent["commit"]) if parent else None,
        budget=budget,
        after=times.seconds(found["after"]) if "after" in found else 0.0,
        tags=tags,
        handoff=Handed(_moment(handoff), handoff["agent"]) if handoff else None,
        collapsed=Collapsed(_moment(collapsed), *(collapsed[name] for name in _TOLD)) if collapsed else None,
        closed=Closed(_moment(closed), closed["agent"]) if closed else None,
        more={name: value for name, value in found.items() if name not in _ORDER},
    )


def is_oid(text: object) -> bool:
    """Whether a value is the whole id of a commit."""
    return isinstance(text, str) and len(text) == 40 and not set(text) - set("0123456789abcdef")


def _dated(each: Handed | Collapsed | Closed | None) -> dict[str, str] | None:
    return {**each._asdict(), "at": times.stamp(each.at)} if each else None


def _moment(value: Mapping[str, Any]) -> float:
    return times.seconds(value.get("at", ""))


def _is_said(value: Any, *names: str) -> bool:
    return isinstance(value, dict) and all(
        isinstance(value.get(name), str) and len(value[name]) <= _MAX_TEXT for name in names
    )


def _is_parent(parent: Any) -> bool:
    return isinstance(parent, dict) and not ids.problem(str(parent.get("thread", ""))) and is_oid(parent.get("commit"))


def _broken(thread: str) -> InvalidInput:
    return InvalidInput(
        f"the record of the thread {thread} is broken", hint="kit context log shows who wrote it", code="broken_record"
    )
