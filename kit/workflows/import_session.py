"""Turns what happened in a mirrored session into entries of a thread, each with the lines that it comes from.

What was said and what tools did become entries; reasoning, what was rewound, and what sub-agents did are there too,
but skipped. What kit does not know of a harness, and what says nothing, is left out and counted.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from kit.context import add, draft, entry
from kit.errors import NotFound
from kit.harnesses import event as events
from kit.sessions import trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from kit.context.cleaning import Redactor
    from kit.context.entry import Entry
    from kit.harnesses.event import Event
    from kit.store.author import Author
    from kit.store.store import Store

_ROLES = {
    events.USER: ("user", "dialogue", ""),
    events.ASSISTANT: ("assistant", "dialogue", ""),
    events.THINKING: ("assistant", "reasoning", "skip"),
    events.CALL: ("assistant", "tool-io", ""),
    events.RESULT: ("tool", "tool-io", ""),
    events.COMPACTION: ("system", "session", "skip"),
    events.SUBAGENT: ("system", "metadata", "skip"),
    events.ERROR: ("system", "metadata", "skip"),
}
_LONGEST = 200
_ROOM = 400


class Imported(NamedTuple):
    """What came of an import: the entries by kind, what was left out by why, and how many texts were shortened."""

    session: str
    commits: tuple[str, ...]
    first: str
    last: str
    kinds: Mapping[str, int]
    left_out: Mapping[str, int]
    shortened: int
    redacted: Mapping[str, int]

    @property
    def total(self) -> int:
        """How many entries were added."""
        return sum(self.kinds.values())


def import_session(
    store: Store,
    thread: str,
    session: str,
    *,
    turns: tuple[int, int | None] | None = None,
    author: Author,
    random: Callable[[], str],
    redactor: Redactor,
) -> Imported:
    """Adds what happened in a session, or in some turns of it (counted from 1), to a thread that exists.

    Raises NotFound when there is no such session, or nothing in those turns.
    """
    found = trace.find(store, session)
    left_out: Counter[str] = Counter()
    shortened: list[str] = []
    drafts = list(_drafts(found.name, _within(trace.events(store, found), turns), left_out, shortened))
    if not drafts:
        raise NotFound(
            f"nothing is to be imported from {found.name}", hint=f"kit session show {found.name} shows its turns"
        )
    done: list[add.Added] = []
    redacted: Counter[str] = Counter()
    for first in range(0, len(drafts), add.MOST):
        part = drafts[first : first + add.MOST]
        added = add.add(store, thread, part, author=author, random=random, redactor=redactor, event="context-import")
        done.append(added)
        redacted.update(done[-1].redacted)
    return Imported(
        found.name, tuple(each.commit for each in done), done[0].entries[0].id, done[-1].entries[-1].id,
        Counter(each.kind for each in drafts), left_out, len(shortened), redacted,
    )  # fmt: skip


def _within(found: Iterable[Event], turns: tuple[int, int | None] | None) -> Iterator[Event]:
    """Yields the events of these turns: one begins where a person speaks (as in `kit.sessions.turns`)."""
    number, line = 0, 0
    for each in found:
        if each.kind == events.USER and not each.agent and each.line != line:
            number, line = number + 1, each.line
        if turns is None or (turns[0] <= number and (turns[1] is None or number <= turns[1])):
            yield each


def _drafts(session: str, found: Iterable[Event], left_out: Counter[str], shortened: list[str]) -> Iterator[Entry]:
    """Yields the entries; the API's usage goes to what the model said last before it is told."""
    last: Entry | None = None
    for each in found:
        if each.kind == events.USAGE:
            if last is not None and each.usage and not last.usage:
                last = last._replace(usage=_counts(each.usage), model=last.model or each.model[:_LONGEST])
            continue
        if each.kind not in _ROLES:
            left_out["unknown"] += 1
            continue
        text = _text(each)
        if not text and each.kind not in (events.CALL, events.RESULT):
            left_out["empty"] += 1
            continue
        if last is not None:
            yield last
        last = _draft(session, each, text, shortened)
    if last is not None:
        yield last


def _draft(session: str, each: Event, text: str, shortened: list[str]) -> Entry:
    role, kind, priority = _ROLES[each.kind]
    tags = [*(["sub-agent"] if each.agent else []), *([] if each.is_active else ["rewound"])]
    origin = f"kit:sessions/{session}#L{each.line}"
    if len(text) > entry.MAX_TEXT // 4 and len(text.encode("utf-8", "surrogatepass")) > entry.MAX_TEXT - _ROOM:
        shortened.append(origin)
        text = _shortened(text, origin)
    made = draft.draft(role, text.encode("utf-8", "replace").decode(), kind=kind, priority="skip" if tags else priority)
    is_tool = each.kind in (events.CALL, events.RESULT)
    return made._replace(
        tags=tuple(tags), call=_word(each.call) if is_tool else "", tool=each.tool[:_LONGEST] if is_tool else "",
        model=each.model[:_LONGEST] if role == "assistant" else "", usage=_counts(each.usage or {}), origin=origin,
    )  # fmt: skip


def _text(each: Event) -> str:
    if each.kind != events.CALL:
        return each.text
    return each.input if isinstance(each.input, str) else json.dumps(each.input, ensure_ascii=False)


def _shortened(text: str, origin: str) -> str:
    """Returns the beginning and the end of a text that is too long for an entry, and between them how much is gone."""
    data = text.encode("utf-8", "replace")
    half = (entry.MAX_TEXT - _ROOM) // 2
    gone = len(data) - 2 * half
    head, tail = (piece.decode("utf-8", "ignore") for piece in (data[:half], data[-half:]))
    return f"{head}\n[{gone} bytes left out; whole in {origin}]\n{tail}"


def _word(call: str) -> str:
    """Returns the id of a call, or what stands for one that is too long for a field."""
    return call if len(call) <= _LONGEST else hashlib.sha256(call.encode("utf-8", "surrogatepass")).hexdigest()


def _counts(usage: Mapping[str, int]) -> dict[str, int]:
    return {name: number for name, number in usage.items() if type(number) is int and number >= 0}
