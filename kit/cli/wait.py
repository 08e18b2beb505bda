"""`kit wait`: wait until tasks are done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.edge import command as kit_command
from kit.cli.words import Duration

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.coordination.task import Task


@kit_command("wait")
@click.argument("tasks", nargs=-1, required=True, metavar="TASK...")
@click.option("--timeout", type=Duration(), default=300.0, metavar="TIME", help="How long, 5m unless told.")
def command(edge: Edge, *, tasks: tuple[str, ...], timeout: float) -> None:
    r"""Wait until all of these tasks are done.

    Returns at once with exit status 7 when one is blocked, and with 9 when the time is over. Waiting is cheap: one
    look at the remote's refs, with pauses that grow to ten seconds.

    \b
    Examples:
      kit wait lexer && kit claim parser
      kit wait lexer parser --timeout 1h
    """
    from kit.coordination.wait import doing, wait

    def tell(left: list[Task]) -> None:
        edge.talk("waiting for " + ", ".join(f"{each.id} ({output.clean(doing(each))})" for each in left))

    done = wait(edge.store, tasks, seconds=timeout, tell=tell)
    edge.print(
        {"tasks": [{"task": each.id, "state": each.state} for each in done]},
        "\n".join(f"{each.id} {output.paint('done', 'green')}" for each in done),
    )
