"""`kit context accept`: carry out a proposal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.context import step as steps
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("accept")
@click.argument("proposal")
@words.ON
def command(edge: Edge, *, proposal: str, on: str) -> None:
    r"""Carry out a proposal against what the thread holds now, once; it and others about the same are gone with it.

    The exit status is 6 when what it was about was changed since, or someone else has accepted or rejected it.

    \b
    Examples:
      kit context accept 5f1d9c2e0193-0a0314fb5f1d9c2e
      kit context accept 5f1d9c2e0193-0a0314fb5f1d9c2e --on parser --json
    """
    from kit.context import accept

    thread = words.named(edge, on)
    outcome = accept.accept(
        edge.store, thread, proposal, author=edge.me.author(edge.now()), redactor=words.redactor(edge),
        interceptors=steps.interceptors(edge),
    )  # fmt: skip
    steps.told(edge, outcome.checked())
    is_sent = words.send(edge, thread)
    data = {"state": outcome.state, "thread": thread, "proposal": outcome.proposal, "did": outcome.said,
            "commit": outcome.commit, "sent": is_sent}  # fmt: skip
    edge.print(data, f"accepted: {output.clean(outcome.said)}, commit {outcome.commit[:10]}")
