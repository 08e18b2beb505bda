"""`kit renew`: extend a claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.edge import command as kit_command
from kit.cli.words import Duration

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("renew")
@click.argument("task")
@click.option("--ttl", type=Duration(), metavar="TIME", help="How long from now (else as long as it was claimed for).")
@click.option("--epoch", type=click.IntRange(1), metavar="N", help="Only if this epoch still holds it.")
def command(edge: Edge, *, task: str, ttl: float | None, epoch: int | None) -> None:
    r"""Extend the claim you hold on a task.

    Your commands on a task renew it by themselves when a third of its time is gone; this is for long silent work.
    Exit status 6 means that you have lost it: stop, someone else may be at work.

    \b
    Examples:
      kit renew parser
      kit renew parser --ttl 2h
    """
    from kit.coordination import renew, taking
    from kit.records import times

    span = taking.check_ttl(edge.repository, ttl)
    held = renew.renew(edge.store, task, me=edge.me, now=edge.now(), nonce=edge.nonce(), ttl=span, epoch=epoch)
    until = times.stamp(held.expires)
    edge.print(
        {"claim": held.record()}, f"{output.paint('renewed', 'green')} {task}, epoch {held.epoch}, until {until}"
    )
