"""A transcript as text: a heading for each turn, an indented text for each thing that happened, long ones cut."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kit.cli import output

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kit.harnesses.event import Event
    from kit.sessions.trace import Trace
    from kit.sessions.turns import Turn

MOST_LINES = 20
MOST_CHARACTERS = 2000
_NAMES = {"tool-call": "call", "tool-result": "result"}


def draw(found: Trace, turns: Sequence[Turn]) -> str:
    """Returns the turns as text for a person; nothing in it can steer a terminal or pass for a heading."""
    meta = found.record
    head = f"{found.name}: {output.count(meta.lines, 'line')}, by {output.clean(meta.agent)}"
    head += f", in {output.clean(meta.cwd)}" if meta.cwd else ""
    rows = [output.paint(head, "bold")]
    for turn in turns:
        rows += ["", *_turn(turn)]
    return "\n".join(rows)


def data(turn: Turn) -> dict[str, Any]:
    """Returns a turn as JSON, its long texts cut; `cut` counts the characters that are missing."""
    return {
        "turn": turn.number, "first": turn.first, "last": turn.last, "at": turn.at, "more": turn.more,
        "events": [_event(each) for each in turn.events],
    }  # fmt: skip


def _event(event: Event) -> dict[str, Any]:
    said = text_of(event)
    told = {"line": event.line, "kind": event.kind, "at": event.at, "text": said[:MOST_CHARACTERS],
            "cut": max(0, len(said) - MOST_CHARACTERS), "tool": event.tool, "exit_status": event.exit_status,
            "error": event.is_error, "files": list(event.files), "agent": event.agent,
            "active": event.is_active}  # fmt: skip
    return {name: value for name, value in told.items() if value not in ("", None, [], 0) or name in ("line", "text")}


def text_of(event: Event) -> str:
    """Returns what an event says: its text, and for a call what was given to the tool."""
    given = event.input if isinstance(event.input, str) else _arguments(event.input)
    return "\n".join(filter(None, [event.text, given]))


def _arguments(given: Any) -> str:
    rows = []
    for name, value in given.items():
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        rows.append(f"{name}: {shown}")
    return "\n".join(rows)


def _turn(turn: Turn) -> Iterator[str]:
    lines = f"line {turn.first}" if turn.first == turn.last else f"lines {turn.first} to {turn.last}"
    at = f", {output.clean(turn.at)}" if turn.at else ""
    yield output.paint(f"turn {turn.number}  ({lines}{at})", "cyan")
    for event in turn.events:
        yield f"  {_label(event)}"
        if said := text_of(event):
            yield _cut(said, event.line)
    if turn.more:
        yield f"  ... and {turn.more} more events in this turn"


def _label(event: Event) -> str:
    words = [_NAMES.get(event.kind, event.kind)]
    words += [output.clean(event.tool)] * bool(event.tool)
    words += [f"(sub-agent {output.clean(event.agent)})"] * bool(event.agent)
    words += [f"exit {event.exit_status}"] * (event.exit_status is not None)
    words += ["failed"] * event.is_error + ["(left)"] * (not event.is_active)
    return output.paint(" ".join(words) + f"  L{event.line}", "red" if event.is_error else "dim")


def _cut(text: str, line: int) -> str:
    """Returns the beginning of a text, indented, and how much more there is."""
    begun = text[:MOST_CHARACTERS].rstrip("\n")
    rows = output.lines(begun, indent="    ").split("\n")
    more = len(text.rstrip("\n")) - len("\n".join(begun.split("\n")[:MOST_LINES]))
    shown = rows[:MOST_LINES]
    if more > 0:
        shown.append(f"    ... {more} more characters: --raw --lines {line}:{line}")
    return "\n".join(shown)
