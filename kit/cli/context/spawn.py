"""`kit context spawn`: begin a child's thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.context.inherit import Inherited

_SHOWN = 20


@kit_command("spawn")
@click.argument("child")
@click.option("--purpose", required=True, metavar="TEXT", help="What the child is for.")
@click.option("--inherit", "how", type=click.Choice(["full", "head", "select"]), default="full", show_default=True,
              help="What it begins with: the whole history, what is in force, or a selection of that.")  # fmt: skip
@click.option("--tag", "tags", multiple=True, help="Select entries with one of these tags; repeat for more.")
@click.option("--role", "roles", multiple=True, help="Select entries of one of these roles.")
@click.option("--type", "--kind", "kinds", multiple=True, help="Select entries of one of these types.")
@click.option("--id", "ids", multiple=True, metavar="ENTRY", help="Select this entry, whatever else is asked.")
@click.option("--exclude-tag", "without", multiple=True, metavar="TAG", help="Never entries with this tag.")
@click.option("--no-pinned", is_flag=True, help="Pinned entries only where they are selected.")
@click.option("--budget", type=click.IntRange(1, 1_000_000_000), metavar="TOKENS", help="What the child may take.")
@words.ON
def command(
    edge: Edge, *, child: str, purpose: str, how: str, no_pinned: bool, budget: int | None, on: str,
    **chosen: tuple[str, ...],
) -> None:  # fmt: skip
    r"""Begin a thread for a child agent; its record names this thread and commit, whatever the child begins with.

    full is a branch: nothing is copied, nothing is left out, and blame, diff and merge know both. head copies what is
    in force, without edits, folded and skipped entries, in one commit. select copies what --tag, --role and --type say
    together, what --id names, and what is pinned. A tool's call and its result come both or not at all. What stays
    behind is counted by its reason.

    With --budget what is copied fits: pinned entries, then important ones, then the newest. It stands in the child's
    record, and kit context compile holds the child to it.

    \b
    Examples:
      kit context spawn lexer --purpose "find where comments are lost"
      kit context spawn lexer --purpose "find the cause" --inherit head --budget 8000
      kit context spawn review --purpose "review it" --inherit select --tag decision --type instruction
      kit context add --on lexer --text "look at src/lex.py first"
    """
    from kit.context import inherit, spawn

    parent = words.named(edge, on)
    selection = inherit.Selection(**chosen, is_pinned=not no_pinned)
    redactor = words.redactor(edge)
    made = spawn.spawn(
        edge.store, child, parent, purpose=purpose, author=edge.me.author(edge.now()), random=words.random,
        redactor=redactor, how=how, selection=None if selection.is_empty and how != "select" else selection,
        budget=budget or 0,
    )  # fmt: skip
    is_sent = words.send(edge, child)
    found = made.inherited
    data = {
        "thread": child, "parent": parent, "parent_commit": made.parent, "commit": made.commit, "sent": is_sent,
        "inherit": how, "budget": budget, "entries": len(found.entries) if found else None,
        "tokens": found.tokens if found else None, "left": dict(found.left) if found else {},
        "missed": [{"entry": name, "reason": why} for name, why in found.missed] if found else [],
        "redacted": dict(redactor.counts),
    }  # fmt: skip
    edge.print(data, f"began {child} from {parent}{_what(found, how, budget) if found else ''}")
    if found:
        _tell_left(edge, found, how)
    words.tell_redacted(edge, redactor.counts)


def _what(found: Inherited, how: str, budget: int | None) -> str:
    number = len(found.entries)
    tokens = f"{found.tokens} of {budget} tokens" if budget else output.count(found.tokens, "token")
    told = f"{number} {'entry' if number == 1 else 'entries'}, {tokens}"
    return f": {told}" if how != "full" else f", of which {told} are compiled"


def _tell_left(edge: Edge, found: Inherited, how: str) -> None:
    if how != "full" and found.left:
        edge.talk(f"left behind: {output.counted(found.left)}")
    elif found.left.get("budget"):
        edge.talk(f"cut for the budget when it is compiled now: {found.left['budget']}; all stand in the thread")
    for name, why in found.missed[:_SHOWN]:
        edge.talk(f"not in it though named: {output.clean(name)} ({why})")
    if len(found.missed) > _SHOWN:
        edge.talk(f"and {len(found.missed) - _SHOWN} more; --json has them all")
