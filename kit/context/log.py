"""Lists the commits of a thread, newest first: who did what, when, and to which entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.records import times
from kit.store.change import event_of, notes_of, when_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kit.store.commit import Commit
    from kit.store.store import Store


#: The trailers of a step, by the names that JSON has for them.
_STEP = {"operation": "Operation", "autonomy": "Autonomy", "why": "Why", "proposal": "Proposal",
         "proposed_by": "Proposed-By", "accepted_by": "Accepted-By", "intercepted": "Intercepted",
         "reason": "Reason"}  # fmt: skip


class Event(NamedTuple):
    """One commit of a thread; `at` is in seconds since the epoch, `event` the verb, `notes` its other trailers."""

    commit: str
    at: float
    agent: str
    instance: str
    event: str
    subject: str
    notes: Mapping[str, str]
    parents: tuple[str, ...]

    @property
    def entries(self) -> list[str]:
        """The ids of the entries that it was about, as far as its message names them."""
        return self.notes.get("Entry", "").split()

    @property
    def step(self) -> dict[str, str]:
        """How a step came about, by the names that JSON has: who decides, who wanted, proposed and accepted it."""
        return {name: self.notes[note] for name, note in _STEP.items() if note in self.notes}

    @property
    def decided(self) -> str:
        """How a step came about, in a few words, "" where somebody typed it."""
        step = self.step
        if "accepted_by" in step:
            return f"accepted by {step['accepted_by'].split(' ')[0]}"
        words = [*([step.get("autonomy", "")] if step.get("why") else []), step.get("why", ""), step.get("reason", "")]
        return ", ".join(filter(None, words))

    def record(self) -> dict[str, object]:
        """Returns the event as JSON."""
        return {
            "commit": self.commit,
            "at": times.stamp(self.at),
            "agent": self.agent,
            "instance": self.instance,
            "event": self.event,
            "subject": self.subject,
            "entries": self.entries,
            **({"step": self.step} if self.step else {}),
            "parents": list(self.parents),
        }


class Log(NamedTuple):
    """Commits, the newest first, and whether there are older ones."""

    events: tuple[Event, ...]
    is_cut: bool


def log(store: Store, oid: str, *, limit: int | None = 20) -> Log:
    """Returns the commits up to `oid` that a thread has, at most `limit`. Raises InvalidInput where one is missing."""
    words = ["rev-list", "--topo-order", *([f"--max-count={limit + 1}"] if limit is not None else []), oid]
    found = store.repository.git.run(*words).text.split()
    events = tuple(map(event, commits(store, found[:limit])))
    return Log(events, limit is not None and len(found) > limit)


def commits(store: Store, oids: list[str]) -> Iterator[Commit]:
    """Yields commits by their ids."""
    return map(store.objects.commit, oids)


def event(commit: Commit) -> Event:
    """Returns what a commit says of itself."""
    notes = {name: value for name, value in notes_of(commit.message).items() if name not in ("Event", "At")}
    return Event(
        commit.oid, when_of(commit), commit.author, commit.instance, event_of(commit.message),
        commit.message.split("\n", 1)[0], notes, commit.parents,
    )  # fmt: skip
