"""`kit context reject`: remove a proposal, and say why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("reject")
@click.argument("proposal")
@click.option("--reason", default="", metavar="TEXT", help="Why; it stands in the log.")
@words.ON
def command(edge: Edge, *, proposal: str, reason: str, on: str) -> None:
    r"""Remove a proposal; that it was rejected, by whom and why, stands in the log.

    \b
    Examples:
      kit context reject 5f1d9c2e0193-0a0314fb5f1d9c2e --reason "it loses the error message"
    """
    from kit.context import accept

    thread = words.named(edge, on)
    redactor = words.redactor(edge)
    commit = accept.reject(
        edge.store, thread, proposal, author=edge.me.author(edge.now()), redactor=redactor, reason=reason
    )
    data = {"thread": thread, "proposal": proposal, "commit": commit, "sent": words.send(edge, thread)}
    edge.print(data, f"rejected {output.clean(proposal)}")
    words.tell_redacted(edge, redactor.counts)
