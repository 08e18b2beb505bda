"""`kit outcome`: say what came of a recalled record."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("outcome")
@click.argument("record", metavar="ID")
@click.argument("outcome", type=click.Choice(["helped", "unused", "harmed"]))
@click.option("--task", default="", metavar="TASK", help="The task it was recalled for.")
@click.option("--note", default="", metavar="TEXT", help="What came of it.")
def command(edge: Edge, *, record: str, outcome: str, task: str, note: str) -> None:
    r"""Say whether a recalled record helped, was unused, or harmed.

    It stands in the log, where those who review records find it. It is kept here first and sent when that can be done.

    \b
    Examples:
      kit outcome asyncio-fixture-closes-loop-early helped --task parser
      kit outcome old-advice harmed --note "the flag is gone since 3.0"
    """
    from kit.coordination import outcome as outcomes

    said, waits = outcomes.say(
        edge.store, record, outcome, me=edge.me, now=edge.now(), random=os.urandom(4).hex(), task=task, note=note
    )
    if waits:
        edge.talk(f"not sent yet: {output.clean(waits.message)}")
    edge.print({"outcome": said, "sent": waits is None}, f"{record} {outcome}")
