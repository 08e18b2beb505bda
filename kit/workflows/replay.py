"""Puts what happened on one time line: a lane for each agent, with the turns of sessions and what was coordinated.

Where two agents were in each other's way is found here, not left to the eye: a task taken over, and a file that
both wrote within minutes.
"""

from __future__ import annotations

import heapq
import itertools
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from kit.safety.text import printable
from kit.workflows import collisions
from kit.workflows.turns import turns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kit.coordination import log
    from kit.harnesses.event import Event
    from kit.workflows.turns import Turn

MAX_ITEMS = 10_000
KINDS = {
    "claim": "claim", "takeover": "takeover", "release": "release", "complete": "complete", "send": "message",
    "set": "memory", "unset": "memory", "artifact": "memory",
}  # fmt: skip
_ENDS = {"release": "released", "complete": "completed", "takeover": "taken over"}
_OPEN = "held on"


class Session(NamedTuple):
    """A session to be shown: its name, whose it is and of which instance, where it ran, and what happened."""

    name: str
    agent: str
    events: Iterable[Event]
    cwd: str = ""
    instance: str = ""


class Hold(NamedTuple):
    """A task while an agent held it; seconds since the epoch."""

    lane: str
    instance: str
    task: str
    at: float
    until: float
    how: str


class Item(NamedTuple):
    """One mark or bar in a lane; `until` is `at` for what has no length, `to` and `over` are lanes."""

    at: float
    until: float
    lane: str
    kind: str
    title: str
    instance: str = ""
    turn: Turn | None = None
    session: str = ""
    task: str = ""
    to: str = ""
    over: str = ""
    notes: str = ""


class Replay(NamedTuple):
    """What is shown: lanes with a word on each, and what is in them; `cut` says in words what is not."""

    lanes: tuple[tuple[str, str], ...]
    items: tuple[Item, ...]
    holds: tuple[Hold, ...]
    collisions: tuple[collisions.Collision, ...]
    cut: tuple[str, ...]


Holds = Mapping[str, Sequence[Hold]]


class Wanted(NamedTuple):
    """What to show; times are in seconds since the epoch, an `until` of 0.0 is now, "" is all."""

    since: float = 0.0
    until: float = 0.0
    agent: str = ""
    task: str = ""
    limit: int = MAX_ITEMS


def gather(told: Sequence[log.Event], sessions: Iterable[Session], wanted: Wanted) -> Replay:
    """Returns the newest `wanted.limit` things that happened in the time, of the agent, about the task.

    A turn is about a task when its agent held that task meanwhile.
    """
    holds = _holds(told)
    held = by_lane(holds)
    newest: list[tuple[float, int, Item]] = []
    number = timeless = 0
    for item in _all(told, sessions):
        timeless += not item.at
        if item.at and _is_wanted(item, wanted, held):
            number += 1
            add = heapq.heappush if len(newest) < wanted.limit else heapq.heappushpop
            add(newest, (item.at, number, item))
    items = [item for _, _, item in sorted(newest, key=lambda each: each[:2])]
    items, holds, notes = _in_lanes(items, holds)
    counts = {"older events and turns": number - len(items), "turns that tell no time": timeless}
    cut = tuple(f"{count} {what} are left out" for what, count in counts.items() if count)
    lanes = tuple(sorted(notes.items(), key=lambda each: _natural(each[0])))
    first, last = (items[0].at, max(item.until for item in items)) if items else (0.0, 0.0)
    shown = tuple(each for each in _within(holds, first, last) if each.lane in notes)
    return Replay(lanes, tuple(items), shown, tuple(collisions.find(items)), cut)


def by_lane(holds: Sequence[Hold]) -> Holds:
    """Returns the holds of each lane."""
    found: dict[str, list[Hold]] = {}
    for each in holds:
        found.setdefault(each.lane, []).append(each)
    return found


def tasks_of(item: Item, holds: Holds) -> list[str]:
    """Returns the tasks that an item's agent held while it lasted."""
    mine = holds.get(item.lane, ())
    return [each.task for each in mine if each.at <= item.until and item.at <= each.until]


def _all(told: Sequence[log.Event], sessions: Iterable[Session]) -> Iterator[Item]:
    for each in told:
        yield _told(each)
    for session in sessions:
        name = printable(session.name, keep_newlines=False)
        lane = printable(session.agent, keep_newlines=False) or name
        for turn in turns(session.events, cwd=session.cwd):
            asked = " ".join(printable(turn.asked[:400]).split())[:200] or "(goes on)"
            yield Item(turn.at, turn.until, lane, "turn", asked, session.instance, turn, name)


def _is_wanted(item: Item, wanted: Wanted, holds: Holds) -> bool:
    return (
        item.until >= wanted.since
        and (not wanted.until or item.at <= wanted.until)
        and wanted.agent in ("", item.lane)
        and (wanted.task in ("", item.task) or (item.turn is not None and wanted.task in tasks_of(item, holds)))
    )


def _told(event: log.Event) -> Item:
    notes = "\n".join(f"{name}: {value}" for name, value in event.notes.items() if name != "Task")
    to = event.notes.get("To", "") if event.event == "send" else ""
    over = event.notes.get("From", "").partition("/")[0] if event.event == "takeover" else ""
    lane, title, task, to, over = (
        printable(text, keep_newlines=False) for text in (event.agent, event.subject, event.task, to, over)
    )
    kind = KINDS.get(event.event, "other")
    return Item(event.at, event.at, lane, kind, title, event.instance, None, "", task, to, over, printable(notes))


def _in_lanes(items: list[Item], holds: list[Hold]) -> tuple[list[Item], list[Hold], dict[str, str]]:
    """Gives sessions of one agent that ran at the same time lanes of their own; returns a word on every lane too.

    What was coordinated goes to the session's lane where its instance tells which that is, else to the agent's.
    """
    spans: dict[str, dict[str, tuple[float, float]]] = {}
    for item in items:
        if item.session:
            of = spans.setdefault(item.lane, {})
            first, last = of.get(item.session, (item.at, item.until))
            of[item.session] = min(first, item.at), max(last, item.until)
    split = {lane for lane, of in spans.items() if _overlap(list(of.values()))}
    short = _short({session for lane in split for session in spans[lane]})
    owner: dict[tuple[str, str], set[str]] = {}
    for item in items:
        if item.session and item.lane in split:
            owner.setdefault((item.lane, item.instance), set()).add(item.session)

    def lane_of(lane: str, instance: str, session: str = "") -> str:
        theirs = {session} if session else owner.get((lane, instance), set())
        return f"{lane} {short[next(iter(theirs))]}" if lane in split and len(theirs) == 1 else lane

    notes: dict[str, dict[str, None]] = {}
    placed = [item._replace(lane=lane_of(item.lane, item.instance, item.session)) for item in items]
    for item in placed:
        notes.setdefault(item.lane, {}).update({item.session.partition("/")[0]: None} if item.session else {})
    moved = [each._replace(lane=lane_of(each.lane, each.instance)) for each in holds]
    return placed, moved, {lane: ", ".join(of) for lane, of in notes.items()}


def _short(sessions: set[str]) -> dict[str, str]:
    """Returns for each session a name short enough for a lane, or the whole where two would have the same."""
    found = {}
    for each in sessions:
        head, _, tail = each.partition("/")[2].partition(".")
        found[each] = head[:8] + (f".{tail.removeprefix('agent-')[:8]}" if tail else "")
    names = list(found.values())
    return {each: name if names.count(name) == 1 else each for each, name in found.items()}


def _natural(name: str) -> list[tuple[str, int]]:
    """Sorts `a2` before `a10`."""
    return [(text, int(number or 0)) for text, number in re.findall(r"([^0-9]*)([0-9]{0,15})", name)]


def _overlap(spans: Sequence[tuple[float, float]]) -> bool:
    ordered = sorted(spans)
    return any(two[0] < one[1] for one, two in itertools.pairwise(ordered))


def _holds(told: Sequence[log.Event]) -> list[Hold]:
    """Returns who held which task when, as far as the events tell; one that was not given back is held to the end."""
    found: list[Hold] = []
    held: dict[str, Hold] = {}
    for each in told:
        task, agent = printable(each.task, keep_newlines=False), printable(each.agent, keep_newlines=False)
        if not task or each.event not in {"claim", *_ENDS}:
            continue
        if task in held:
            found.append(held.pop(task)._replace(until=each.at, how=_ENDS.get(each.event, "ran out")))
        if each.event in {"claim", "takeover"}:
            held[task] = Hold(agent, each.instance, task, each.at, float("inf"), _OPEN)
    return [*found, *held.values()]


def _within(holds: Sequence[Hold], first: float, last: float) -> Iterator[Hold]:
    for each in holds:
        if each.at <= last and each.until >= first:
            yield each._replace(at=max(each.at, first), until=min(each.until, last))
