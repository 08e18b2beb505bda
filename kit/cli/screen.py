"""The status as one screen of text: a heading for each part, its first rows below, and what was cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kit.cli import output
from kit.records import times

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from kit.coordination.status import Part, Status

_NAMED = 5


def draw(found: Status, *, title: str, now: float, stale: str = "") -> str:
    """Returns the screen; `stale` says why it may be out of date."""
    return "\n".join(_lines(found, title, now, stale))


def _lines(found: Status, title: str, now: float, stale: str) -> Iterator[str]:
    yield title
    if stale:
        yield f"{output.paint('not fetched, this is what was last seen:', 'yellow')} {output.clean(stale)}"
    yield _heading("agents", f"{found.agents.total} here")
    yield from _rows(
        found.agents, "", lambda row: (row["agent"], row["instance"], _ago(row["seen"], now), *row["tasks"])
    )
    counts = {state: part.total for state, part in found.tasks.items()} | {"archived": found.archived}
    yield _heading("tasks", ", ".join(f"{count} {state}" for state, count in counts.items() if count) or "none")
    for state, part in found.tasks.items():
        if part.shown:
            yield from _rows(part, state, lambda row: _task(row, now))
    yield _heading("mail", f"{output.count(found.unread, 'unread message')}{': kit inbox' if found.unread else ''}")
    yield _heading("paths", f"{found.reservations.total} reserved")
    yield from _rows(
        found.reservations,
        "",
        lambda row: (row["agent"], row["task"], _expires(row, now), *row["paths"][:_NAMED]),
    )
    yield _heading(
        "waiting", f"{output.count(found.waiting.total, 'ref')} to send" if found.waiting.total else "nothing"
    )
    yield from _rows(found.waiting, "", lambda ref: (ref,))
    if found.problems.total:
        yield _heading("problems", output.paint(str(found.problems.total), "red"))
        yield from _rows(found.problems, "", lambda problem: (problem,))


def _heading(what: str, said: str) -> str:
    return f"{output.paint(what.ljust(9), 'bold')} {said}"


def _rows(part: Part, label: str, cells: Callable[[Any], Iterable[object]]) -> Iterator[str]:
    for row in part.shown:
        line = "  ".join(output.clean(cell) for cell in cells(row) if cell)
        yield f"  {label.ljust(16)}  {line}" if label else f"  {line}"
    if part.total > len(part.shown):
        yield f"  ... and {part.total - len(part.shown)} more: kit status --limit {part.total}"


def _task(row: dict[str, Any], now: float) -> tuple[object, ...]:
    if "holder" in row:
        return row["task"], row["holder"], _expires(row, now), row["note"]
    if row["open_needs"]:
        return row["task"], f"needs {', '.join(row['open_needs'][:_NAMED])}", row["title"]
    return row["task"], row.get("by"), row["title"] or row.get("note")


def _expires(row: dict[str, Any], now: float) -> str:
    return f"expire{'s' if times.seconds(row['expires']) > now else 'd'} {_ago(row['expires'], now)}"


def _ago(stamp: str, now: float) -> str:
    return times.ago(times.seconds(stamp), now)
