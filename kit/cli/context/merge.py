"""`kit context merge`: bring what another thread holds into this one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kit.cli import output
from kit.cli.context import step as steps
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kit.cli.edge import Edge
    from kit.context.conflict import Conflict
    from kit.context.merge import Merged
    from kit.context.piece import Warned
    from kit.context.step import Step

SHOWN = 20


@kit_command("merge")
@click.argument("source", default="", metavar="[THREAD[:REV]]")
@click.option("--strategy", type=click.Choice(["ours", "theirs", "auto"]), default=None,
              help="Settle every conflict so; auto keeps edits, and of two the later.")  # fmt: skip
@click.option("--continue", "goes_on", is_flag=True, help="Finish a merge whose conflicts have their choices.")
@click.option("--abort", "is_aborted", is_flag=True, help="Forget a merge that waits.")
@click.option("--dry-run", is_flag=True, help="Only say what would come, and which conflicts there are.")
@steps.options
@words.ON
def command(
    edge: Edge, *, source: str, strategy: str | None, goes_on: bool, is_aborted: bool, dry_run: bool, on: str,
    autonomy: str | None, propose: bool,
) -> None:  # fmt: skip
    r"""Merge a thread into the current one, entry by entry, against where they parted; one commit, two parents.

    What one side added, edited or noted stands; tags and patterns of both are kept. Where both sides have changed one
    entry, nothing is committed: the conflicts stand in .kit/context/merge-THREAD.md (to be read) and .json, each is
    settled with kit context resolve, and --continue commits. The exit status is 1 while conflicts are open.

    Conflicts that --strategy auto would settle are proposed first, unless kit.toml or --autonomy says otherwise.

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
    from kit.context import merge
    from kit.errors import UsageError

    if bool(source) + goes_on + is_aborted != 1:
        raise UsageError("name a thread, or --continue, or --abort", hint="kit context merge THREAD")
    thread = words.named(edge, on)
    if is_aborted:
        merge.abort(edge.store, thread)
        edge.print({"thread": thread, "aborted": True}, f"the merge into {thread} is forgotten")
        return
    step = _step(edge, thread, source, strategy or "", goes_on=goes_on)
    if dry_run:
        preview(edge, step)
        return
    take(edge, step, autonomy=autonomy, propose=propose)


def take(edge: Edge, step: Step, *, autonomy: str | None, propose: bool) -> None:
    """Takes the step of a merge or a rebase and says what came of it. Ends with 1 while conflicts are open."""
    thread = step.thread
    outcome = steps.take(edge, step, autonomy=autonomy, propose=propose)
    if steps.is_proposed(edge, thread, outcome, step.why):
        return
    made, source = outcome.value, step.arguments["source"]
    is_sent = words.send(edge, thread) if made.commit else False
    told = {"state": outcome.state, "thread": thread, "source": source, "sent": is_sent}
    edge.print({**told, **data(made)}, lambda: _text(made, source, step.operation))
    tell_warnings(edge, made.warnings)
    if made.open:
        edge.talk("choose for each: kit context resolve ENTRY ours|theirs, then kit context merge --continue")
        raise SystemExit(1)


def preview(edge: Edge, step: Step) -> None:
    """Says what a merge or a rebase would do; nothing is written."""
    from kit.context import sides

    given = step.arguments
    found = sides.preview(
        edge.store, step.thread, given["theirs"], strategy=given.get("strategy", ""), verb=step.operation
    )
    told = {"state": "dry-run", "thread": step.thread, "source": given["source"], "theirs": given["theirs"],
            "added": list(found.added), "moved": list(found.moved), "settled": [brief(each) for each in found.settled],
            "open": [brief(each) for each in found.open],
            "warnings": [each._asdict() for each in found.warnings]}  # fmt: skip
    if found.is_known:
        edge.print(told, f"nothing to {step.operation}: all of {given['source']} is here already")
        return
    lines = [line(each) for each in (*found.open, *found.settled)[:SHOWN]]
    moved = f", {len(found.moved)} of {step.thread} would come behind them" if found.moved else ""
    lines.append(f"{output.count(len(found.added), 'entry', 'entries')} would come{moved}, "
                 f"{output.count(len(found.open), 'conflict')} would be open")  # fmt: skip
    edge.print(told, "\n".join(lines))
    tell_warnings(edge, found.warnings)


def tell_warnings(edge: Edge, found: Sequence[Warned]) -> None:
    """Names what means something else in its new place."""
    for each in found[:SHOWN]:
        edge.talk(f"{output.paint('warning:', 'yellow')} {each.name}: {output.clean(each.message)}")
    if len(found) > SHOWN:
        edge.talk(f"... and {len(found) - SHOWN} more (--json has all)")


def _step(edge: Edge, thread: str, source: str, strategy: str, *, goes_on: bool) -> Step:
    from kit.context import merge
    from kit.context.step import Step

    if goes_on:
        waits = merge.waiting(edge.store, thread)
        return Step(thread, waits.verb, {"source": waits.source, "theirs": waits.theirs}, more=True)
    return step_of(edge, "merge", thread, source, strategy)


def step_of(edge: Edge, operation: str, thread: str, source: str, strategy: str, *, more: Any = None) -> Step:
    """Returns the step that takes in `THREAD[:REV]`; one whose conflicts a rule settles is automatic."""
    from kit.context import operation as operations
    from kit.context import rev
    from kit.context import thread as threads
    from kit.context.step import Step

    source, _, at = source.partition(":")
    theirs = rev.resolve(edge.store, source, at or "HEAD", now=edge.now())
    is_settled = strategy == "auto" and operations.conflicts(edge.store, threads.read(edge.store, thread), theirs)
    return Step(
        thread, operation, {"source": source, "theirs": theirs, "strategy": strategy},
        why="strategy auto" if is_settled else "", more=more,
    )  # fmt: skip


def data(made: Merged) -> dict[str, Any]:
    """Returns a merge as JSON."""
    return {
        "commit": made.commit,
        "theirs": made.theirs,
        "added": list(made.added),
        "moved": list(made.moved),
        "warnings": [each._asdict() for each in made.warnings],
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


def _text(made: Merged, source: str, verb: str) -> str:
    if made.is_known:
        return f"nothing to {verb}: all of {source} is here already"
    lines = [line(each) for each in (*made.open, *made.settled)[:SHOWN]]
    if (left := len(made.open) + len(made.settled) - SHOWN) > 0:
        lines.append(f"... and {left} more conflicts: kit context conflicts")
    if made.commit:
        done = f"rebased onto {source}" if verb == "rebase" else f"merged {source}"
        moved = f", {len(made.moved)} stand behind them now" if made.moved else ""
        lines.append(f"{done}: {len(made.added)} entries came{moved}, commit {made.commit[:10]}")
    else:
        lines.append(f"nothing is {verb}d yet: {output.count(len(made.open), 'conflict')} open")
    return "\n".join(lines)
