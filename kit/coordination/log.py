"""Lists what happened, from the commits of the live plane themselves: who, when, which verb, which task.

The order is that of the commits: none before what it followed, and by their authors' clocks where that leaves it open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.errors import InvalidInput
from kit.records import times
from kit.store import history
from kit.store.change import PASSING, event_of, notes_of, when_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.store.commit import Commit
    from kit.store.store import Store

#: Seconds by which an event may be older than one before it in the history, because clocks differ.
SKEW = 3600.0
#: Events that say nothing new; `passing` lists them too.
UNTOLD = PASSING | {"begin"}
#: Commits looked at before the search ends, whatever is asked for.
MAX_COMMITS = 200_000


class Event(NamedTuple):
    """One coordination event; `at` is in seconds since the epoch, `notes` are the trailers of its commit."""

    at: float
    agent: str
    instance: str
    event: str
    subject: str
    notes: Mapping[str, str]
    commit: str

    @property
    def task(self) -> str:
        return self.notes.get("Task", "")

    def record(self) -> dict[str, object]:
        """Returns the event as JSON."""
        return {
            "at": times.stamp(self.at),
            "agent": self.agent,
            "instance": self.instance,
            "event": self.event,
            "task": self.task,
            "subject": self.subject,
            "notes": dict(self.notes),
            "commit": self.commit,
        }


class Wanted(NamedTuple):
    """Which events to list; `since` is in seconds since the epoch, `limit` keeps the newest so many (None: all)."""

    since: float = 0.0
    agent: str = ""
    task: str = ""
    limit: int | None = None
    passing: bool = False


class Log(NamedTuple):
    """Events, the oldest first; `cut` says that there are older ones, `broken` names refs whose history is damaged."""

    events: Sequence[Event]
    cut: bool
    broken: Sequence[str]


def log(store: Store, wanted: Wanted) -> Log:
    """Returns the events last seen that are wanted, those of archived tasks and agents too."""
    sides = store.sides("").items()
    tips = [(ref, oid) for ref, oids in sides for oid in oids if _is_asked(ref, wanted)]
    try:
        return _read(store, [oid for _, oid in tips], wanted)
    except InvalidInput:
        broken = {ref for ref, oid in tips if not _is_whole(store, oid)}
        whole = _read(store, [oid for ref, oid in tips if ref not in broken], wanted)
        return whole._replace(broken=sorted(broken))


def _is_asked(ref: str, wanted: Wanted) -> bool:
    """Whether the history of a ref can hold what is wanted: a task's events are on its ref, and mail about it."""
    if ref.startswith(("sessions/", "context/")):  # what is said there is no coordination
        return False
    return not wanted.task or ref == f"tasks/{wanted.task}" or ref.startswith(("archive/", "agents/"))


def _read(store: Store, tips: Sequence[str], wanted: Wanted) -> Log:
    found: list[Event] = []
    walked: list[Commit] = []
    is_cut = False
    for commit in history.commits(store.objects, *tips):
        if commit.when < wanted.since - SKEW:
            break
        if len(walked) >= MAX_COMMITS or (wanted.limit is not None and len(found) > wanted.limit):
            is_cut = True
            break
        walked.append(commit)
        event = _event(commit)
        if _is_wanted(event, wanted):
            found.append(event)
    is_cut |= wanted.limit is not None and len(found) > wanted.limit
    return Log(_in_order(found[: wanted.limit], walked), is_cut, ())


def _in_order(newest_first: Sequence[Event], walked: Sequence[Commit]) -> list[Event]:
    """Returns the events oldest first: git's own times have no parts of a second, the trailers have."""
    times_of: dict[str, float] = {}
    for commit in reversed(walked):
        times_of[commit.oid] = max(when_of(commit), *(times_of.get(each, 0.0) for each in commit.parents), 0.0)
    events = list(reversed(newest_first))
    events.sort(key=lambda event: times_of[event.commit])
    return events


def _event(commit: Commit) -> Event:
    subject = commit.message.split("\n", 1)[0]
    verb = event_of(commit.message)
    notes = {name: value for name, value in notes_of(commit.message).items() if name not in ("Event", "At")}
    return Event(when_of(commit), commit.author, commit.instance, verb, subject, notes, commit.oid)


def _is_wanted(event: Event, wanted: Wanted) -> bool:
    return (
        bool(event.event)
        and event.at >= wanted.since
        and (wanted.passing or event.event not in UNTOLD)
        and wanted.agent in ("", event.agent)
        and wanted.task in ("", event.task)
    )


def _is_whole(store: Store, oid: str) -> bool:
    try:
        for _ in history.commits(store.objects, oid):
            pass
    except InvalidInput:
        return False
    return True
