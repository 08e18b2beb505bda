"""`kit context branch`: list threads, branch one from another, delete one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.context import step as steps
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.context.branches import Branch

SHOWN = 50


@kit_command("branch")
@click.argument("name", default="")
@click.argument("source", default="", metavar="[REV|THREAD]")
@click.option("--delete", is_flag=True, help="Delete the thread NAME; kit context reset HEAD --on NAME brings it back.")
@click.option("--all", "is_all", is_flag=True, help="List those too that were deleted or collapsed.")
@click.option("--limit", "-n", default=SHOWN, show_default=True, help="At most so many; 0 for all.")
@steps.options
@words.ON
def command(
    edge: Edge, *, name: str, source: str, delete: bool, is_all: bool, limit: int, on: str,
    autonomy: str | None, propose: bool,
) -> None:  # fmt: skip
    r"""Branch a thread from the current one, or from REV or THREAD; without a NAME list the threads.

    A branch is a thread of its own with the same history; nothing is copied. kit context switch goes to it.

    \b
    Examples:
      kit context branch
      kit context branch retry
      kit context branch retry parser:HEAD~3
      kit context branch retry --delete
    """
    from kit.context import branches, rev
    from kit.context.step import Step
    from kit.errors import UsageError

    if (on or autonomy or propose) and (delete or not name):
        raise UsageError("--on, --autonomy and --propose are for a new branch", hint="kit context branch NAME")
    if not name:
        _list(edge, is_all=is_all, limit=limit)
        return
    if delete:
        commit, told = branches.delete(edge.store, name, author=edge.me.author(edge.now())), f"deleted {name}"
        data = {"thread": name, "commit": commit, "deleted": True}
    else:
        parent, at = words.source(edge, source, on) if source else (words.named(edge, on), "")
        oid = rev.resolve(edge.store, parent, at or "HEAD", now=edge.now())
        step = Step(parent, "branch", {"name": name, "at": oid})
        outcome = steps.take(edge, step, autonomy=autonomy, propose=propose)
        if steps.is_proposed(edge, parent, outcome):
            return
        data = {"state": outcome.state, "thread": name, "commit": outcome.commit, "parent": parent}
        told = f"branched {name} from {parent}"
    edge.print({**data, "sent": words.send(edge, name)}, told)


def _list(edge: Edge, *, is_all: bool, limit: int) -> None:
    from kit.context import branches, current
    from kit.errors import NotFound

    found = branches.branches(edge.store, is_all=is_all)
    listed = tuple(each for each in found.threads if is_all or not each.record.collapsed)
    shown = listed[:limit] if limit else listed
    try:
        here = current.get(edge.repository, edge.me.instance)
    except NotFound:
        here = ""
    data = {"threads": [{**each.record.record(), "commit": each.commit, "apart": each.is_apart} for each in shown],
            "current": here or None, "count": len(listed), "broken": list(found.broken)}  # fmt: skip
    edge.print(data, lambda: _table(edge, shown, here) if shown else "no threads")
    if len(shown) < len(listed):
        edge.talk(f"{len(listed) - len(shown)} more: kit context branch --limit 0")
    if len(listed) < len(found.threads):
        edge.talk(f"{len(found.threads) - len(listed)} collapsed: kit context branch --all")
    if found.broken:
        edge.talk(output.unread(found.broken))


def _table(edge: Edge, shown: tuple[Branch, ...], here: str) -> str:
    from kit.records import times

    now = edge.now()
    rows = [
        ["*" if each.name == here else "", each.name, each.commit[:10], times.ago(each.at, now), each.agent,
         each.record.parent.thread if each.record.parent else "",
         _title(each)]
        for each in shown
    ]  # fmt: skip
    return output.table(["", "thread", "commit", "when", "by", "from", "title"], rows)


def _title(each: Branch) -> str:
    """Returns what a thread is called: of a child what it is for, as it has its parent's title."""
    if each.record.closed:
        return "(deleted)"
    first, second = each.record.title, each.record.purpose
    told = output.head((second or first) if each.record.parent else (first or second))
    into = each.record.collapsed
    return f"(collapsed into {output.head(into.entry)} of {output.head(into.thread)}) {told}" if into else told
