"""`kit context promote`: propose an entry as a candidate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command
from kit.errors import UsageError

if TYPE_CHECKING:
    from kit.cli.edge import Edge

TYPES = ("block", "decision", "fact")


@kit_command("promote")
@click.argument("entry", metavar="ENTRY")
@click.option("--type", "kind", type=click.Choice(TYPES), default="fact", show_default=True, help="What it becomes.")
@click.option("--id", "name", default="", metavar="ID", help="The candidate's id; of the title unless told.")
@click.option("--title", default="", metavar="TEXT", help="One claim; the entry's first sentence unless told.")
@click.option("--description", default="", metavar="TEXT", help="A block's begins: Use when ...")
@click.option("--section", "sections", multiple=True, metavar="NAME=TEXT", help="What stands below a heading; repeat.")
@click.option("--tag", "tags", multiple=True, help="A word to find it by; repeat for more.")
@click.option("--at", default="", metavar="REV", help="As it stood then.")
@click.option("--dry-run", is_flag=True, help="Print the candidate, write nothing.")
@words.ON
def command(
    edge: Edge,
    *,
    entry: str,
    kind: str,
    name: str,
    title: str,
    description: str,
    sections: tuple[str, ...],
    tags: tuple[str, ...],
    at: str,
    dry_run: bool,
    on: str,
) -> None:
    r"""Propose an entry, or a fold, as a fact, a decision or a block: a candidate in .kit/candidates/.

    It goes the way of every candidate: kit promote ID runs the gates, a person approves, and only what is merged is
    recalled. Its sources name the entry at its commit, the entries that a fold stands for and the lines of sessions
    behind them, each quoted with a digest. Headings of the type in the entry's text are its sections; what is lacking
    is named, and the gates stop it until it is written.

    \b
    Examples:
      kit context promote 0193b5c1a2f0-5f1d9c2e --type decision --section "Consequences=Writes are slower."
      kit context promote 0193b5c1a2f0-5f1d9c2e --type fact --dry-run
    """
    from kit.context import thread
    from kit.workflows import proposal

    state = thread.read(edge.store, words.named(edge, on), at, now=edge.now())
    parts = {}
    for each in sections:
        heading, equals, text = each.partition("=")
        if not equals:
            raise UsageError(f"--section {each!r} has no =", hint='write "Consequences=what follows"')
        parts[heading.strip()] = text
    wish = proposal.Wish(kind, name, title, description, parts, tags)
    made = proposal.propose(edge.store, state, entry, wish, by=edge.actor, now=edge.now())
    path = "" if dry_run else proposal.keep(edge.store, made)
    data = {"id": made.record.id, "type": kind, "path": path, "entry": made.entry, "thread": state.thread,
            "commit": state.commit, "lacking": list(made.lacking), "sources_left_out": made.left,
            "record": made.record.meta, "body": made.record.body}  # fmt: skip
    edge.print(
        data, lambda: output.lines(made.record.dump().decode()) if dry_run else f"proposed {made.record.id} in {path}"
    )
    if made.lacking:
        edge.talk(f"it lacks {', '.join(made.lacking)}: write them in {path or 'the candidate'}, or with --section")
    if made.left:
        edge.talk(f"{output.count(made.left, 'entry')} behind it not among its sources".replace("entrys", "entries"))
    if not dry_run:
        edge.talk(f"next: kit promote {made.record.id}")
