"""`kit context merge`: bring what another thread holds into this one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kit.cli import output
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.context.conflict import Conflict
    from kit.context.merge import Merged

SHOWN = 20


@kit_command("merge")
@click.argument("source", default="", metavar="[THREAD[:REV]]")
@click.option("--strategy", type=click.Choice(["ours", "theirs", "auto"]), default=None,
              help="Settle every conflict so; auto keeps edits, and of two the later.")  # fmt: skip
@click.option("--continue", "goes_on", is_flag=True, help="Finish a merge whose conflicts have their choices.")
@click.option("--abort", "is_aborted", is_flag=True, help="Forget a merge that waits.")
@words.ON
def command(edge: Edge, *, source: str, strategy: str | None, goes_on: bool, is_aborted: bool, on: str) -> None:
    r"""Merge a thread into the current one, entry by entry, against where they parted; one commit, two parents.

    What one side added, edited or noted stands; tags and patterns of both are kept. Where both sides have changed one
    entry, nothing is committed: the conflicts stand in .kit/context/merge-THREAD.md (to be read) and .json, each is
    settled with kit context resolve, and --continue commits. The exit status is 1 while conflicts are open.

    \b
    Conflicts:
      both-edited        both sides have changed what an entry says, or how it is treated
      skip-against-edit  one side skips or removed it, the other has changed it
      edit-and-append    one side has changed it, the other has answered the old words

    \b
    Examples:
      kit context merge retry
      kit context merge retry --strategy auto
      kit context resolve 5f1d9c2e theirs && kit context merge --continue
    """
    from kit.context import merge, rev
    from kit.errors import UsageError

    if bool(source) + goes_on + is_aborted != 1:
        raise UsageError("name a thread, or --continue, or --abort", hint="kit context merge THREAD")
    thread = words.named(edge, on)
    author = edge.me.author(edge.now())
    if is_aborted:
        merge.abort(edge.store, thread)
        edge.print({"thread": thread, "aborted": True}, f"the merge into {thread} is forgotten")
        return
    redactor = words.redactor(edge)
    if goes_on:
        source = merge.waiting(edge.store, thread).source
        made = merge.go_on(edge.store, thread, author=author, random=words.random, redactor=redactor)
    else:
        source, _, at = source.partition(":")
        theirs = rev.resolve(edge.store, source, at or "HEAD", now=edge.now())
        made = merge.merge(
            edge.store, thread, source, theirs, author=author, random=words.random, redactor=redactor,
            strategy=strategy or "",
        )  # fmt: skip
    is_sent = words.send(edge, thread) if made.commit else False
    edge.print({"thread": thread, "source": source, "sent": is_sent, **data(made)}, lambda: _text(made, source))
    if made.open:
        edge.talk("choose for each: kit context resolve ENTRY ours|theirs, then kit context merge --continue")
        raise SystemExit(1)


def data(made: Merged) -> dict[str, Any]:
    """Returns a merge as JSON."""
    return {
        "commit": made.commit,
        "theirs": made.theirs,
        "added": list(made.added),
        "settled": [brief(each) for each in made.settled],
        "open": [brief(each) for each in made.open],
    }


def brief(each: Conflict) -> dict[str, Any]:
    """Returns a conflict as JSON, without what it says."""
    return {"entry": each.root, "class": each.kind, "choice": each.choice, "answers": list(each.answers)}


def line(each: Conflict) -> str:
    """Returns a conflict as one line."""
    side = each.ours or each.theirs or each.base
    said = output.head(side.text) if side else ""
    return f"{output.clean(each.root)} {each.kind}: {each.choice or 'open'}  {said}"


def _text(made: Merged, source: str) -> str:
    if made.is_known:
        return f"nothing to merge: all of {source} is here already"
    lines = [line(each) for each in (*made.open, *made.settled)[:SHOWN]]
    if (left := len(made.open) + len(made.settled) - SHOWN) > 0:
        lines.append(f"... and {left} more conflicts: kit context conflicts")
    if made.commit:
        lines.append(f"merged {source}: {len(made.added)} entries came, commit {made.commit[:10]}")
    else:
        lines.append(f"nothing is merged yet: {output.count(len(made.open), 'conflict')} open")
    return "\n".join(lines)
