"""`kit complete`: finish a task and hand it over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.edge import command as kit_command
from kit.errors import UsageError

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("complete")
@click.argument("task")
@click.option("--note", default="", metavar="TEXT", help="What was done, for whoever comes next.")
@click.option("--to", default="", metavar="AGENT", help="Who is meant to go on.")
@click.option("--next-action", default="", metavar="TEXT", help="What to do next.")
@click.option("--blocked", is_flag=True, help="It cannot go on; those who wait are told.")
@click.option("--needs-review", is_flag=True, help="It is done but for a review.")
@click.option("--commit", default="", metavar="REV", help="The commit that holds the work (else the branch's tip).")
@click.option("--epoch", type=click.IntRange(1), metavar="N", help="Only if this epoch still holds it.")
def command(
    edge: Edge,
    *,
    task: str,
    note: str,
    to: str,
    next_action: str,
    blocked: bool,
    needs_review: bool,
    commit: str,
    epoch: int | None,
) -> None:
    r"""Finish the task you hold: write its status and a handoff, and give the claim back, in one step.

    The handoff lists the files changed since you claimed it, taken from git. A done task is not handed out again;
    it shows as "done, not merged" until the default branch has the commit.

    \b
    Examples:
      kit complete parser --note "handles nested lists" --to ben --next-action "wire it into the CLI"
      kit complete parser --blocked --note "the grammar is ambiguous"
      kit complete parser --needs-review --commit HEAD
    """
    from kit.coordination.complete import Outcome, complete

    if blocked and needs_review:
        raise UsageError("--blocked and --needs-review exclude each other", hint="say which it is")
    state = "blocked" if blocked else "needs-review" if needs_review else "done"
    outcome = Outcome(state, note, to, next_action, commit)
    handoff = complete(edge.store, task, me=edge.me, now=edge.now(), outcome=outcome, epoch=epoch)
    count = len(handoff["changed_files"]) + handoff.get("changed_files_cut", 0)
    changed = f"{count} changed {'file' if count == 1 else 'files'}"
    edge.print(
        {"task": task, "state": state, "handoff": handoff},
        f"{output.paint('completed', 'green')} {task} ({state}), handoff {handoff['number']}, {changed}"
        + (f", for {to}" if to else ""),
    )
