"""Puts what happened on one time line: a lane for each agent, with the turns of sessions and what was coordinated.

Where two agents were in each other's way is found here, not left to the eye: a task taken over, and a file that
both wrote within minutes.
"""

from __future__ import annotations

import heapq
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
MAX_TEXT = 1500  # characters of what was asked, or answered
MAX_ALL = 12_000_000  # characters of all of it
KINDS = {
    "claim": "claim", "takeover": "takeover", "release": "release", "complete": "complete", "send": "message",
    "set": "memory", "unset": "memory", "artifact": "memory",
}  # fmt: skip
_ENDS = {"release": "released", "complete": "completed", "takeover": "taken over"}


class Session(NamedTuple):
    """A session to be shown: its name, whose lane it stands in, where it ran, and what happened."""

    name: str
    agent: str
    events: Iterable[Event]
    cwd: str = ""


class Hold(NamedTuple):
    """A task while an agent held it; seconds since the epoch."""

    lane: str
    task: str
    at: float
    until: float
    how: str


class Item(NamedTuple):
    """One mark or bar in a lane; `until` is `at` for what has no length."""

    at: float
    until: float
    lane: str
    kind: str
    title: str
    turn: Turn | None = None
    session: str = ""
    task: str = ""
    to: str = ""
    over: str = ""
    notes: str = ""


class Replay(NamedTuple):
    """What is shown; `cut` says in words what is not."""

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
    notes: dict[str, str] = {}
    timeless = 0
    newest: list[tuple[float, int, Item]] = []
    number = 0

    def keep(item: Item) -> None:
        nonlocal number
        if not _is_wanted(item, wanted, held):
            return
        number += 1
        add = heapq.heappush if len(newest) < wanted.limit else heapq.heappushpop
        add(newest, (item.at, number, item))

    for each in told:
        keep(_told(each))
    for session in sessions:
        lane = printable(session.agent, keep_newlines=False)
        notes[lane] = ", ".join(filter(None, [notes.get(lane, ""), session.name.partition("/")[0]]))
        for turn in turns(session.events, cwd=session.cwd):
            timeless += not turn.at
            if turn.at:
                keep(_turn(turn, session.name, lane))
    items = [item for _, _, item in sorted(newest, key=lambda each: each[:2])]
    cut = [f"{number - len(items)} older events and turns are left out"] if number > len(items) else []
    cut += [f"{timeless} turns tell no time and are left out"] if timeless else []
    names = dict.fromkeys(item.lane for item in items)
    lanes = tuple((name, ", ".join(dict.fromkeys(notes.get(name, "").split(", ")))) for name in sorted(names))
    first, last = (items[0].at, max(item.until for item in items)) if items else (0.0, 0.0)
    shown = tuple(each for each in _within(holds, first, last) if each.lane in names)
    return Replay(lanes, tuple(items), shown, tuple(collisions.find(items)), tuple(cut))


def _is_wanted(item: Item, wanted: Wanted, holds: Holds) -> bool:
    return (
        item.until >= wanted.since
        and (not wanted.until or item.at <= wanted.until)
        and wanted.agent in ("", item.lane)
        and (wanted.task in ("", item.task) or (item.turn is not None and wanted.task in tasks_of(item, holds)))
    )


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


def _told(event: log.Event) -> Item:
    notes = "\n".join(f"{name}: {value}" for name, value in event.notes.items() if name != "Task")
    to = event.notes.get("To", "") if event.event == "send" else ""
    over = event.notes.get("From", "").partition("/")[0] if event.event == "takeover" else ""
    lane, title, task, to, over = (
        printable(text, keep_newlines=False) for text in (event.agent, event.subject, event.task, to, over)
    )
    kind = KINDS.get(event.event, "other")
    return Item(event.at, event.at, lane, kind, title, task=task, to=to, over=over, notes=printable(notes))


def _turn(turn: Turn, session: str, lane: str) -> Item:
    asked = " ".join(printable(turn.asked[:400]).split())
    return Item(turn.at, turn.until, lane, "turn", asked[:200] or "(goes on)", turn, session)


def _holds(told: Sequence[log.Event]) -> list[Hold]:
    """Returns who held which task when, as far as the events tell; one that was not given back is held to the end."""
    found: list[Hold] = []
    open_: dict[str, tuple[str, float]] = {}
    last = max((each.at for each in told), default=0.0)
    for each in told:
        task, agent = printable(each.task, keep_newlines=False), printable(each.agent, keep_newlines=False)
        if task and each.event in _ENDS and task in open_:
            lane, since = open_.pop(task)
            found.append(Hold(lane, task, since, each.at, _ENDS[each.event]))
        if task and each.event in {"claim", "takeover"}:
            if task in open_:  # it had run out
                lane, since = open_.pop(task)
                found.append(Hold(lane, task, since, each.at, "ran out"))
            open_[task] = agent, each.at
    return found + [Hold(lane, task, since, last, "held on") for task, (lane, since) in open_.items()]


def _within(holds: Sequence[Hold], first: float, last: float) -> Iterator[Hold]:
    for each in holds:
        until = last if each.how == "held on" else each.until
        if each.at <= last and until >= first:
            yield each._replace(at=max(each.at, first), until=min(max(until, first), last))
