"""`kit trace`: say which session, turn and decision are behind a line, a commit, a pull request or a block."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.edge import command as kit_command
from kit.errors import InvalidInput, NotFound, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kit.cli.edge import Edge
    from kit.workflows.rests import Resting
    from kit.workflows.tracing import Answer, Behind, Step

_LINES = re.compile(r"(.+):(\d{1,9})(?:-(\d{1,9}))?", re.DOTALL)
_SHOWN = 8


@kit_command("trace")
@click.argument("what", metavar="COMMIT|PATH[:LINE[-LINE]]|pr:N|block:ID|session:ID")
def command(edge: Edge, *, what: str) -> None:
    r"""Say which session, turn and decision are behind something, or what a session led to.

    A commit names its sessions by the trailer Kit-Session or a note (kit session link). The turn is found by what its
    edits wrote; how sure that is (sure, likely, weak) and why is said. Sessions that are not on this machine are named
    as missing. Write commit:X or path:X where a name could be either.

    \b
    Examples:
      kit trace HEAD
      kit trace src/parser.py:120
      kit trace src/parser.py:10-14 --json
      kit trace pr:12
      kit trace block:git-index-lock-left-by-killed-process
      kit trace session:claude-code/0a0314fb
    """
    answer = _trace(edge, what)
    edge.print(answer.record(), lambda: "\n".join(_text(answer)))
    for each in (*answer.notes, *answer.cut):
        edge.talk(output.clean(each))


def _trace(edge: Edge, what: str) -> Answer:
    from kit.workflows import tracing

    kind, colon, rest = what.partition(":")
    if what.startswith("kit:sessions/"):
        return tracing.of_session(edge.store, what)
    if colon and kind == "pr":
        if not re.fullmatch(r"[0-9]{1,9}", rest):
            raise UsageError(f"{rest!r} is no number of a pull request", hint="write it like pr:12")
        return tracing.of_pull_request(edge.store, int(rest))
    if colon and kind == "path":
        return _path(edge, rest)
    named = {"block": tracing.of_block, "session": tracing.of_session, "commit": tracing.of_commit}
    return named[kind](edge.store, rest) if colon and kind in named else _either(edge, what)


def _either(edge: Edge, what: str) -> Answer:
    """Takes a word for a path where there is one of that name, else for a commit; where it can be both, says so."""
    from kit.store import tree
    from kit.workflows import tracing

    lined = _LINES.fullmatch(what)
    is_path = _is_there(edge, what) or (lined is not None and _is_there(edge, lined[1]))
    try:
        tree.resolve(edge.repository.git, what)
    except NotFound:
        if is_path or lined or "/" in what:
            return _path(edge, what)
        raise NotFound(
            f"{what!r} is neither a commit nor a file here",
            hint="say what it is: pr:N, block:ID, session:ID, commit:REV or path:PATH", value=what,
        ) from None  # fmt: skip
    if is_path:
        raise InvalidInput(
            f"{what!r} is a commit and a file", hint=f"write commit:{what} or path:{what}", code="ambiguous", value=what
        )
    return tracing.of_commit(edge.store, what)


def _path(edge: Edge, what: str) -> Answer:
    from kit.workflows import tracing

    lined = None if _is_there(edge, what) else _LINES.fullmatch(what)
    path = edge.below_top(lined[1] if lined else what)
    if not path:
        raise UsageError("the repository's top is no file", hint="name a file in it")
    first = int(lined[2]) if lined else 1
    last = int(lined[3] or lined[2]) if lined else None
    if first < 1 or (last is not None and last < first):
        raise UsageError(f"{what!r} names no lines", hint="lines count from 1: PATH:10-14")
    return tracing.of_path(edge.store, path, first, last)


def _is_there(edge: Edge, path: str) -> bool:
    try:
        place = edge.repository.top / edge.below_top(path)
        return place.is_symlink() or place.is_file()
    except (InvalidInput, OSError, ValueError):
        return False


def _text(answer: Answer) -> Iterator[str]:
    yield output.paint(f"{answer.kind} {output.clean(answer.what)}", "bold")
    for step in answer.steps:
        yield from _step(step)
    for resting in answer.records:
        yield from _record(resting)
    if not answer.steps and not answer.records:
        yield "  nothing is known to be behind it"


def _step(step: Step) -> Iterator[str]:
    from kit.records import times

    commit = step.commit
    when = times.stamp(commit.at)[:16].replace("T", " ") if commit.oid else ""
    yield ""
    yield f"{output.paint(commit.oid[:12] or 'description', 'yellow')}  {when}  {output.clean(commit.author)}"
    yield f"  {output.clean(commit.subject)}"
    for line in step.lines[:_SHOWN]:
        yield f"  {line.number:>6} | {output.head(line.text, length=90)}"
    if len(step.lines) > _SHOWN:
        yield f"         and {len(step.lines) - _SHOWN} more of its lines"
    for each in step.behind:
        yield from _behind(each)
    for decision in step.decisions:
        yield f"  decision {output.clean(decision.id)}: {output.clean(decision.title)} ({decision.why})"
    if step.is_cut:
        yield "  the commit is large: only its beginning was compared"


def _behind(behind: Behind) -> Iterator[str]:
    by = f" ({behind.by})" if behind.by else ""
    agent = f", {output.clean(behind.agent)}" if behind.agent else ""
    yield f"  session {output.paint(output.clean(behind.session), 'cyan')}{agent}{by}"
    if behind.missing:
        yield f"    {output.clean(behind.missing)}"
    for each in behind.turns:
        reasons = "; ".join(map(output.clean, each.reasons))
        yield f"    turn {each.turn}, line {each.line}, {output.clean(each.tool) or 'a call'}: {each.level}: {reasons}"
        if each.asked:
            yield f"      asked: {output.head(each.asked, length=100)}"
    if behind.more:
        yield f"    and {behind.more} more turns"
    if behind.is_cut:
        yield "    it is very long: only its first edits were looked at"
    if not behind.turns and not behind.missing:
        yield "    no turn of it is known to have written this: no edit it made has these files or lines"


def _record(resting: Resting) -> Iterator[str]:
    yield ""
    name = output.paint(output.clean(resting.id or resting.path), "yellow")
    yield f"{output.clean(resting.type)} {name}  {output.clean(resting.title)}"
    yield f"  {output.clean(resting.path)}"
    for each in resting.sources[:_SHOWN]:
        says = {True: "here, and says so", False: "here, but does NOT say this", None: "here"}[each.says]
        yield f"  {output.clean(each.resource)}" + (f" ({says})" if each.is_here else "")
        if each.excerpt:
            yield f"    > {output.head(each.excerpt, length=100)}"
    if len(resting.sources) > _SHOWN:
        yield f"  and {len(resting.sources) - _SHOWN} more sources"
