"""`kit task`: add a task, or show one with its whole story."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kit.cli import output
from kit.cli.edge import command as kit_command
from kit.errors import RemoteFailed, TimedOut

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("add")
@click.argument("task")
@click.option("--title", default="", metavar="TEXT", help="What is to be done.")
@click.option("--needs", multiple=True, metavar="TASK", help="A task that must be done before; may be repeated.")
def add(edge: Edge, *, task: str, title: str, needs: tuple[str, ...]) -> None:
    r"""Add a task, or change title and needs of one that nobody holds.

    A task need not be added to be claimed; adding it gives it a title and a place in the graph of needs.

    \b
    Examples:
      kit task add parser --title "Write the parser" --needs lexer --needs grammar
    """
    from kit.coordination import tasks

    wanted = [name for each in needs for name in each.split(",") if name]
    added = tasks.add(edge.store, task, me=edge.me, now=edge.now(), title=title, needs=wanted)
    edge.print(
        {"task": added.id, "title": added.title, "needs": list(added.needs)},
        f"{output.paint('added', 'green')} {task}" + (f", needs {', '.join(added.needs)}" if added.needs else ""),
    )


@kit_command("show")
@click.argument("task")
def show(edge: Edge, *, task: str) -> None:
    r"""Show a task: what it is, who holds it, every handoff, and its story from the first commit on.

    \b
    Examples:
      kit task show parser
      kit task show parser --json
    """
    from kit.coordination import renew, story
    from kit.coordination import task as tasks

    try:
        edge.store.fetch(tasks.ref_of(task), tasks.ARCHIVE)
    except (RemoteFailed, TimedOut) as error:
        edge.talk(f"not fetched, this is what was last seen: {error.message}")
    if lost := renew.renew_if_due(edge.store, task, me=edge.me, now=edge.now(), nonce=edge.nonce()):
        edge.talk(lost)
    told = story.tell(edge.store, task, now=edge.now())
    edge.print(told, lambda: _page(told))


@click.group("task")
def command() -> None:
    """Add a task, or show one with its whole story."""


command.add_command(add)
command.add_command(show)


def _page(told: dict[str, Any]) -> str:
    clean = output.clean
    title = f"  {clean(told['title'])}" if told["title"] else ""
    lines = [f"{output.paint(clean(told['task']), 'bold')}  {told['state']}{title}"]
    if held := told.get("claim"):
        lines.append(f"held by {clean(held['holder'])} (instance {clean(held['instance'])}), epoch {held['epoch']}, "
                     f"until {held['expires']}" + (f": {clean(held['note'])}" if held["note"] else ""))  # fmt: skip
    lines += [f"needs {', '.join(map(clean, told['needs']))}"] if told["needs"] else []
    for handoff in told["handoffs"]:
        to = f" for {clean(handoff['to'])}" if handoff.get("to") else ""
        lines.append(f"handoff {handoff['number']} by {clean(handoff['agent'])}{to} ({clean(handoff['state'])})")
        lines += [f"  {name}: {clean(handoff[key])}" for name, key in
                  (("note", "note"), ("next", "next_action"), ("commit", "commit"), ("branch", "branch")) if handoff.get(key)]  # fmt: skip
        lines += [f"  changed: {clean(path)}" for path in handoff.get("changed_files", [])[:20]]
        more = len(handoff.get("changed_files", [])) - 20 + handoff.get("changed_files_cut", 0)
        lines += [f"  and {more} more files: --json lists them"] if more > 0 else []
    lines += ["story:"] + [
        f"  {event['at']}  {clean(event['agent'])}  {clean(event['subject'])}" for event in told["story"]
    ]
    return "\n".join(lines)
