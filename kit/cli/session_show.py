"""`kit session show` and `export`: one session for a person, and as it is."""

from __future__ import annotations

import sys
from collections import deque
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kit.cli import output
from kit.cli.edge import command as kit_command
from kit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kit.cli.edge import Edge
    from kit.sessions.trace import Trace
    from kit.sessions.turns import Turn

TAIL = 10
RAW_TAIL = 50
#: Turns, or raw lines, that are printed at once at most.
MOST = 1000


class Range(click.ParamType[tuple[int, int | None]]):
    """`3:7`, `3:`, `:7` or `3`, counted from 1, the last one included."""

    name = "range"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int | None]:
        if isinstance(value, tuple):
            return value
        first, colon, last = str(value).partition(":")
        if not all(each == "" or (each.isdecimal() and len(each) < 10) for each in (first, last)) or not (
            first or last
        ):
            return self.fail(f"{value!r} is not like 3:7, 3: or :7", param, ctx)
        begin, end = int(first or 1), int(last) if last else (None if colon else int(first))
        if end is not None and end < begin:
            return self.fail(f"{value!r} ends before it begins", param, ctx)
        return begin, end


@kit_command("show")
@click.argument("session", metavar="ID")
@click.option("--tail", type=click.IntRange(1, MOST), metavar="N",
              help=f"The last N turns, or lines with --raw; {TAIL} and {RAW_TAIL} unless told.")  # fmt: skip
@click.option("--turns", type=Range(), metavar="A:B", help="These turns.")
@click.option("--lines", type=Range(), metavar="A:B", help="What stands on these lines of the transcript.")
@click.option("--raw", is_flag=True, help="Print the redacted records as they are, one JSON object a line.")
def show_command(
    edge: Edge, *, session: str, tail: int | None, turns: tuple[int, int | None] | None,
    lines: tuple[int, int | None] | None, raw: bool,
) -> None:  # fmt: skip
    r"""Print a mirrored session: who said what, which tools were called, and what came of it.

    A session is named by its id, the first eight characters of it or more, or an address with lines, as sources give
    it. A turn begins where a person speaks. Long texts are cut and say so; --raw has them whole.

    \b
    Examples:
      kit session show 0a0314fb
      kit session show claude-code/0a0314fb --turns 1:3
      kit session show kit:sessions/claude-code/0a0314fb#L120-L188
      kit session show 0a0314fb --raw --tail 5 --json
    """
    from kit.sessions import trace

    named = trace.address(session)
    if "#" in session and lines is None:
        lines = (named.first, named.last)
    if sum(each is not None for each in (tail, turns, lines)) > 1 or (raw and turns):
        raise UsageError("choose one of --tail, --turns and --lines", hint="--turns goes without --raw")
    found = trace.find(edge.store, named.name)
    if raw:
        _raw(edge, found, tail=tail, lines=lines)
    else:
        _turns(edge, found, tail=tail, turns=turns, lines=lines)


@kit_command("export")
@click.argument("session", metavar="ID")
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write this file.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
def export_command(edge: Edge, *, session: str, out: Path | None, force: bool) -> None:
    r"""Write the redacted transcript of a session, JSON Lines, to standard output or a file.

    \b
    Examples:
      kit session export 0a0314fb > session.jsonl
      kit session export 0a0314fb --out session.jsonl --json
    """
    from kit.sessions import trace
    from kit.store import plain_file

    found = trace.find(edge.store, session)
    records = (data for _, data in trace.records(edge.store, found))
    if out is None:
        if edge.as_json:
            raise UsageError("--json needs --out FILE", hint="without it the transcript itself is printed")
        if output.is_person():
            for data in records:
                output.write(output.lines(data.decode("utf-8", "backslashreplace")))
        else:
            for data in records:
                sys.stdout.buffer.write(data + b"\n")
            sys.stdout.buffer.flush()
        return
    plain_file.write(out, (data + b"\n" for data in records), force=force)
    meta = found.record
    edge.print({"session": found.name, "file": str(out), "lines": meta.lines, "bytes": meta.size},
               f"{output.clean(out)}: {output.count(meta.lines, 'line')}, {meta.size:,} bytes")  # fmt: skip


def _raw(edge: Edge, found: Trace, *, tail: int | None, lines: tuple[int, int | None] | None) -> None:
    from kit.sessions import trace

    total = found.record.lines
    first, last = lines or (max(1, total - (tail or RAW_TAIL) + 1), total)
    last = min(total if last is None else last, total, first + MOST - 1)
    records = trace.records(edge.store, found, first, last)
    if edge.as_json:
        rows = [{"line": line, "record": data.decode("utf-8", "backslashreplace")} for line, data in records]
        output.write_json({"session": found.name, "lines": rows, "first": first, "last": last, "total": total})
    else:
        for _, data in records:
            output.write(output.lines(data.decode("utf-8", "backslashreplace")))
    if first > 1 or last < total:
        edge.talk(f"lines {first} to {last} of {total}: kit session show {found.name} --raw --lines A:B")


def _turns(
    edge: Edge, found: Trace, *, tail: int | None, turns: tuple[int, int | None] | None,
    lines: tuple[int, int | None] | None,
) -> None:  # fmt: skip
    from kit.cli import transcript
    from kit.sessions import trace
    from kit.sessions.turns import turns as turns_of

    every = turns_of(trace.events(edge.store, found))
    chosen: Iterable[Turn]
    if turns:
        chosen = islice((turn for turn in every if turn.number >= turns[0]), MOST)
        chosen = list(_until(chosen, turns[1]))
    elif lines:
        chosen = list(islice(_within(every, *lines), MOST))
    else:
        chosen = deque(every, maxlen=tail or TAIL)
    shown = list(chosen)
    data = {"session": found.name, "lines": found.record.lines,
            "turns": [transcript.data(turn) for turn in shown] if edge.as_json else []}  # fmt: skip
    edge.print(data, lambda: transcript.draw(found, shown))
    if not shown:
        edge.talk("nothing of that is in this session")
    elif shown[0].number > 1 and not turns and not lines:
        edge.talk(f"turns before: kit session show {found.name} --turns 1:{shown[0].number - 1}")


def _until(turns: Iterable[Turn], last: int | None) -> Iterable[Turn]:
    for turn in turns:
        if last is not None and turn.number > last:
            return
        yield turn


def _within(turns: Iterable[Turn], first: int, last: int | None) -> Iterable[Turn]:
    """Yields the turns with what they have on these lines."""
    for turn in turns:
        if last is not None and turn.first > last:
            return
        turn.events = [each for each in turn.events if each.line >= first and (last is None or each.line <= last)]
        if turn.events:
            turn.first, turn.last = turn.events[0].line, turn.events[-1].line
            yield turn
