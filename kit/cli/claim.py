"""`kit claim`: take tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.edge import command as kit_command
from kit.cli.words import Duration

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.coordination.lease import Claim


@kit_command("claim")
@click.argument("tasks", nargs=-1, metavar="TASK...")
@click.option("--ttl", type=Duration(), metavar="TIME", help="How long it lasts unless renewed (30m, or kit.toml).")
@click.option("--note", default="", metavar="TEXT", help="A word for those who find it taken.")
@click.option("--path", "paths", multiple=True, metavar="GLOB", help="Reserve these files with it; may be repeated.")
@click.option("--next", "take_next", is_flag=True, help="Take one of the tasks that are ready.")
@click.option("--wait", type=Duration(), is_flag=False, flag_value="5m", metavar="[TIME]",
              help="Wait until it is free, 5m unless told.")  # fmt: skip
@click.option("--epoch", type=click.IntRange(1), metavar="N", help="Go on with another instance's work of this epoch.")
@click.option("--takeover", is_flag=True, help="Take it from its holder; needs --reason.")
@click.option("--reason", default="", metavar="TEXT", help="Why it is taken over.")
def command(
    edge: Edge,
    *,
    tasks: tuple[str, ...],
    ttl: float | None,
    note: str,
    paths: tuple[str, ...],
    take_next: bool,
    wait: float | None,
    epoch: int | None,
    takeover: bool,
    reason: str,
) -> None:
    r"""Take one or more tasks, all or none, so that nobody else works on them.

    Exactly one claimer wins, on every machine. The same instance claims again to renew. A loser gets exit status 6
    and is told who holds the task and until when. Every holder has an epoch of its own: pass it on to whatever must
    refuse the work of an older one.

    \b
    Examples:
      kit claim parser
      kit claim parser lexer --ttl 2h --note "grammar first"
      kit claim auth --path 'src/auth/**'
      kit claim --next --json
      kit claim parser --takeover --reason "ana's machine is gone"
    """
    from kit.coordination import taking

    wish = taking.wish(edge.store, ttl=ttl, note=note, paths=paths, takeover=takeover, reason=reason, epoch=epoch)
    claims = taking.take(
        edge.store, tasks, me=edge.me, clock=edge.now, wish=wish, nonce=edge.nonce,
        take_next=take_next, wait=wait,
    )  # fmt: skip
    edge.print({"claims": [each.record() for each in claims]}, lambda: "\n".join(_line(each) for each in claims))


def _line(claim: Claim) -> str:
    from kit.records import times

    note = f", reserving {', '.join(map(output.clean, claim.paths))}" if claim.paths else ""
    return (
        f"{output.paint('claimed', 'green')} {claim.task} as {claim.holder.agent}, epoch {claim.epoch}, "
        f"until {times.stamp(claim.expires)}{note}"
    )
