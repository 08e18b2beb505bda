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
    from kit.context.cleaning import Redactor


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
    redactor = words.redactor(edge)
    _look(edge, thread, proposal, redactor)
    outcome = accept.accept(
        edge.store, thread, proposal, author=edge.me.author(edge.now()), redactor=redactor,
        interceptors=steps.interceptors(edge),
    )  # fmt: skip
    steps.told(edge, outcome.checked())
    is_sent = words.send(edge, thread)
    data = {"state": outcome.state, "thread": thread, "proposal": outcome.proposal, "did": outcome.said,
            "commit": outcome.commit, "sent": is_sent}  # fmt: skip
    edge.print(data, f"accepted: {output.clean(outcome.said)}, commit {outcome.commit[:10]}")


def _look(edge: Edge, thread: str, name: str, redactor: Redactor) -> None:
    """Fetches the other thread that a proposal is about, where it is not known here."""
    from kit.context import place, proposal, tip
    from kit.context import thread as threads

    found = proposal.find(edge.store, threads.read(edge.store, thread), name, redactor)
    for other in ("source", "child"):
        if other in found.arguments and not tip.tip(edge.store, found.arguments[other]).oid:
            edge.fetch(place.ref_of(found.arguments[other]))
