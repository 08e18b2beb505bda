"""A session as its turns: what was asked, what was done for it, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.errors import InvalidInput
from kit.harnesses import event as events
from kit.records import times
from kit.workflows import edits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kit.harnesses.event import Event

MAX_STEPS = 40  # of a turn that are kept; the rest is counted
MAX_FILES = 200


class Step(NamedTuple):
    """A call of a tool: when (seconds since the epoch, 0.0 where nothing tells), which, and in a few words what."""

    at: float
    tool: str
    text: str
    is_failed: bool = False


class Write(NamedTuple):
    """A file that a call wrote."""

    at: float
    path: str


class Turn(NamedTuple):
    """What followed one word of the person; number and lines count from 1, times are in seconds since the epoch."""

    number: int
    first: int
    last: int
    at: float
    until: float
    asked: str
    answer: str
    calls: int
    failed: int
    steps: tuple[Step, ...]
    writes: tuple[Write, ...]


def turns(found: Iterable[Event], *, cwd: str = "") -> Iterator[Turn]:
    """Yields the turns of a session; what was rewound is left out, what sub-agents did belongs to the turn.

    The first can begin without a word of the person. A time that is missing is that of what came before, 0.0 where
    nothing did.
    """
    made: _Making | None = None
    number, clock = 0, 0.0
    for each in found:
        clock = seconds(each.at) or clock
        if not each.is_active:
            continue
        if (each.kind == events.USER and not each.agent and each.text.strip()) or made is None:
            if made is not None:
                yield made.turn()
            number += 1
            made = _Making(number, each, clock, cwd)
        made.add(each, clock)
    if made is not None:
        yield made.turn()


def seconds(at: str) -> float:
    """Returns an event's time in seconds since the epoch, 0.0 for none and for what is no time."""
    try:
        return max(times.seconds(at), 0.0) if at else 0.0
    except InvalidInput:
        return 0.0


class _Making:
    """A turn while its events are read; of any number of them it keeps a bounded part."""

    def __init__(self, number: int, first: Event, clock: float, cwd: str) -> None:
        self.number, self.first, self.last, self.cwd = number, first.line, first.line, cwd
        self.at = self.until = clock
        self.asked = first.text if first.kind == events.USER and not first.agent else ""
        self.answer = ""
        self.calls = self.failed = 0
        self.steps: list[Step] = []
        self.writes: dict[str, float] = {}
        self.places: dict[str, int] = {}

    def add(self, event: Event, clock: float) -> None:
        self.at = self.at or clock
        self.until, self.last = max(self.until, clock), max(self.last, event.line)
        if event.kind == events.ASSISTANT and not event.agent and event.text.strip():
            self.answer = event.text
        elif event.kind == events.CALL:
            self._call(event, clock)
        elif event.kind in {events.RESULT, events.ERROR} and _is_failure(event):
            self.failed += 1
            place = self.places.get(event.call)
            if event.call and place is not None:
                self.steps[place] = self.steps[place]._replace(is_failed=True)

    def _call(self, event: Event, clock: float) -> None:
        self.calls += 1
        if len(self.steps) < MAX_STEPS:
            self.places[event.call] = len(self.steps)
            self.steps.append(Step(clock, event.tool, told(event)))
        if edits.is_edit(event):
            for path in event.files:
                if len(self.writes) < MAX_FILES:
                    self.writes.setdefault(edits.relative(path, self.cwd), clock)

    def turn(self) -> Turn:
        writes = tuple(Write(at, path) for path, at in self.writes.items())
        return Turn(self.number, self.first, self.last, self.at, self.until, self.asked, self.answer,
                    self.calls, self.failed, tuple(self.steps), writes)  # fmt: skip


def _is_failure(event: Event) -> bool:
    return event.is_error or event.kind == events.ERROR or event.exit_status not in {None, 0}


def told(event: Event) -> str:
    """Returns in a few words what a call does: its files, its command, or the first of its arguments."""
    if event.files and edits.is_edit(event):
        return ", ".join(event.files[:3]) + (f" and {len(event.files) - 3} more" if len(event.files) > 3 else "")
    if isinstance(event.input, str):
        return _head(event.input)
    named = _named(event.input)
    return _head(named) if named else ", ".join(event.files[:3])


def _named(given: Mapping[str, object]) -> str:
    for name in ("command", "cmd", "pattern", "query", "url", "file_path", "path", "prompt", "description"):
        value = given.get(name)
        if isinstance(value, list):
            value = " ".join(str(each) for each in value[:50])
        if isinstance(value, str) and value:
            return value
    return next((value for value in given.values() if isinstance(value, str) and value), "")


def _head(text: str) -> str:
    return " ".join(text[:400].split())[:160]
