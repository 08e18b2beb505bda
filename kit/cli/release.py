"""`kit release`: give a claim back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("release")
@click.argument("task")
@click.option("--note", default="", metavar="TEXT", help="Why, for the task's story.")
@click.option("--epoch", type=click.IntRange(1), metavar="N", help="Only if this epoch still holds it.")
def command(edge: Edge, *, task: str, note: str, epoch: int | None) -> None:
    r"""Give the claim you hold on a task back, so that others can take it.

    The epoch is kept: the next holder's is one higher. Finished work is handed over with kit complete instead.

    \b
    Examples:
      kit release parser
      kit release parser --note "blocked on the grammar"
    """
    from kit.coordination import release

    release.release(edge.store, task, me=edge.me, now=edge.now(), note=edge.repository.redacted(note), epoch=epoch)
    edge.print({"task": task, "state": "released"}, f"{output.paint('released', 'green')} {task}")
