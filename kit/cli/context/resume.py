"""`kit context resume`: go on with what another session has handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kit.cli import output
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kit.cli.edge import Edge
    from kit.context.branches import Branch
    from kit.context.start import Chosen, Start

_OTHERS = 10
_AFTER = 10


@kit_command("resume")
@click.argument("thread", default="")
def command(edge: Edge, *, thread: str) -> None:
    r"""Go to a thread and print what to start from: its handoff, what came after it, and how to compile it.

    Without THREAD it is the one that was handed over last: of the task in KIT_TASK, or of one that this agent holds,
    where there is such a thread. The others are listed. It is fetched first; where the remote cannot be reached, what
    was last seen is shown, and that is said. A thread without a handoff is shown by what it holds.

    \b
    Examples:
      kit context resume
      kit context resume parser
      kit context resume --json
    """
    from kit.context import current, place
    from kit.context import start as starting
    from kit.errors import NotFound

    is_fetched = bool(edge.store.remote) & edge.fetch(place.ref_of(thread) if thread else f"{place.FOLDER}/*")
    if thread:
        chosen = starting.Chosen(thread, starting.NAMED)
    else:
        chosen = starting.choose(edge.store, now=edge.now(), tasks=_tasks(edge))
    try:
        start = starting.start(edge.store, chosen.name)
    except NotFound as error:
        if edge.store.remote and not is_fetched:
            error.hint = "the remote could not be asked; try again when it can be reached"
        raise
    current.put(edge.repository, edge.me.instance, chosen.name)
    edge.print(_data(edge, chosen, start, is_fetched=is_fetched), lambda: "\n".join(_lines(edge, chosen, start)))
    _talk(edge, chosen, start)


def _tasks(edge: Edge) -> list[str]:
    """Returns the task of KIT_TASK, else those that this agent holds, as last seen."""
    from kit.coordination import listing

    if given := edge.environment.get("KIT_TASK", ""):
        return [given]
    return [str(row["task"]) for row in listing.rows(edge.store, which="mine", me=edge.me, now=edge.now())]


def _data(edge: Edge, chosen: Chosen, start: Start, *, is_fetched: bool) -> dict[str, Any]:
    from kit.context import handoff, status
    from kit.records import times

    state = start.state
    told: dict[str, Any] | None = None
    if start.entry:
        said, cut = handoff.bounded(start.said)
        told = {"entry": start.entry.id, "at": times.stamp(start.entry.at), "agent": start.entry.agent,
                **said.record(), "cut": dict(cut)}  # fmt: skip
    return {
        "thread": state.thread, "commit": state.commit, "why": chosen.why, "task": chosen.task or None,
        "handoff": told, "fetched": is_fetched, "apart": bool(state.other),
        "after": [each.meta() for each in start.after[-_AFTER:]], "after_count": len(start.after),
        "conflicts": list(start.conflicts), "proposals": list(start.proposals),
        "merging": start.merging or None, "unread": list(start.unread),
        "status": None if told else status.status(edge.store, state).record(),
        "compile": _compile(start),
        "others": [_other(each) for each in chosen.others[:_OTHERS]], "others_count": len(chosen.others),
    }  # fmt: skip


def _compile(start: Start) -> str:
    return f"kit context compile --on {start.state.thread}"


def _other(each: Branch) -> dict[str, Any]:
    record = each.record.record()
    return {"thread": each.name, "handoff": record.get("handoff"), "task": record.get("task"),
            "title": record.get("title"), "purpose": record.get("purpose")}  # fmt: skip


def _lines(edge: Edge, chosen: Chosen, start: Start) -> Iterator[str]:
    from kit.context import status
    from kit.records import times

    name = start.state.thread
    if start.entry:
        who = f"handed over {times.ago(start.entry.at, edge.now())} by {output.clean(start.entry.agent)}"
    else:
        who = "no handoff"
    yield f"on {name}: {who}{_why(chosen)}"
    if start.entry:
        yield from _said(start)
    else:
        found = status.status(edge.store, start.state)
        yield f"{_entries(found.total.entries)}, {output.count(found.total.tokens, 'token')}: kit context show"
    if start.after:
        yield f"after the handoff, {_entries(len(start.after))}:"
        if len(start.after) > _AFTER:
            yield f"  {len(start.after) - _AFTER} earlier: kit context show --limit {len(start.after)}"
        for each in start.after[-_AFTER:]:
            yield f"  {each.id} {output.clean(each.role)} by {output.clean(each.agent)}: {output.head(each.text)}"
    if start.conflicts:
        yield f"{output.count(len(start.conflicts), 'conflict')} open: kit context conflicts"
    if start.proposals:
        yield f"{output.count(len(start.proposals), 'proposal')} open: kit context proposals"
    if start.merging:
        yield f"a merge of {output.clean(start.merging)} waits here: kit context merge --continue, or --abort"
    yield f"compile it: {_compile(start)}"


def _why(chosen: Chosen) -> str:
    from kit.context import start as starting

    task = f" (task {output.clean(chosen.task)}" if chosen.task else ""
    if chosen.why == starting.OF_TASK:
        return f"{task}, which is yours)"
    if chosen.why == starting.NOT_OF_TASK:
        return f"{task or ' ('}{', ' if task else ''}no thread of a task of yours was handed over)"
    if chosen.why == starting.LAST:
        last = f"the last of {len(chosen.others) + 1}" if chosen.others else "the only one"
        return f"{task or ' ('}{', ' if task else ''}{last})"
    return f"{task})" if task else ""


def _said(start: Start) -> Iterator[str]:
    from kit.context import handoff

    said, cut = handoff.bounded(start.said)
    if said.summary:
        yield "summary:"
        yield output.lines(said.summary, indent="    ")
    for what, items in (("decisions", said.decisions), ("next steps", said.next)):
        if items:
            yield f"{what}:"
        for each in items:
            first, *rest = output.lines(each).split("\n")
            yield "\n".join([f"  - {first}", *(f"    {line}" for line in rest)])
    if cut and start.entry:
        yield f"not shown: {output.counted(cut)}: kit context show {start.entry.id}"


def _entries(number: int) -> str:
    return f"{number} {'entry' if number == 1 else 'entries'}"


def _talk(edge: Edge, chosen: Chosen, start: Start) -> None:
    if start.state.other:
        edge.talk("the thread has gone on apart on the remote, and that is not in it: kit sync joins both")
    if start.unread:
        edge.talk(output.unread(start.unread))
    if chosen.others:
        names = output.some([each.name for each in chosen.others], _OTHERS)
        edge.talk(f"handed over too: {names}; kit context resume THREAD takes one of them")
