"""`kit task`: add a task, or show one with its whole story."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kit.cli import output
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge


SHOWN_FILES = 20


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
    from kit.coordination import story
    from kit.coordination import task as tasks

    edge.fetch(tasks.ref_of(task), tasks.ARCHIVE)
    edge.renew(task)
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
        note = f": {clean(held['note'])}" if held["note"] else ""
        whose = f"{clean(held['holder'])} (instance {clean(held['instance'])})"
        lines.append(f"held by {whose}, epoch {held['epoch']}, until {held['expires']}{note}")
    if told["needs"]:
        lines.append(f"needs {', '.join(map(clean, told['needs']))}")
    for handoff in told["handoffs"]:
        lines += _handoff(handoff)
    lines.append("story:")
    lines += [f"  {event['at'][:19]}Z  {clean(event['agent'])}  {clean(event['subject'])}" for event in told["story"]]
    return "\n".join(lines)


def _handoff(handoff: dict[str, Any]) -> list[str]:
    clean = output.clean
    to = f" for {clean(handoff['to'])}" if handoff.get("to") else ""
    lines = [f"handoff {handoff['number']} by {clean(handoff['agent'])}{to} ({clean(handoff['state'])})"]
    for name, key in (("note", "note"), ("next", "next_action"), ("commit", "commit"), ("branch", "branch")):
        if handoff.get(key):
            lines.append(f"  {name}: {clean(handoff[key])}")
    files = handoff.get("changed_files", [])
    lines += [f"  changed: {clean(path)}" for path in files[:SHOWN_FILES]]
    more = len(files[SHOWN_FILES:]) + handoff.get("changed_files_cut", 0)
    if more:
        lines.append(f"  and {more} more files: --json lists them")
    return lines
