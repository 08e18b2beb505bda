"""What the verbs that transform a thread share: who decides, who has a say, and how what came of it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kit.cli import output
from kit.cli.context import thread as words

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit.cli.edge import Edge
    from kit.context.cleaning import Redactor
    from kit.context.intercept import Interceptor
    from kit.context.step import Outcome, Step

#: The options that say who decides about this call.
AUTONOMY = click.option(
    "--autonomy", type=click.Choice(["manual", "collaborative", "autonomous"]), default=None,
    help="Who decides, if not as kit.toml says.",
)  # fmt: skip
PROPOSE = click.option("--propose", is_flag=True, help="Propose it (--autonomy collaborative).")


def options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --autonomy and --propose to a verb."""
    return AUTONOMY(PROPOSE(function))


def take(edge: Edge, step: Step, *, autonomy: str | None, propose: bool, redactor: Redactor | None = None) -> Outcome:
    """Takes a step as the options say, and tells what was redacted. Raises Blocked when it is refused."""
    from kit.context import step as room
    from kit.errors import UsageError

    if propose and autonomy not in (None, "collaborative"):
        raise UsageError(f"--propose and --autonomy {autonomy} contradict", hint="say one of them")
    redactor = redactor or words.redactor(edge)
    outcome = room.take(
        edge.store, step, autonomy="collaborative" if propose else autonomy or "",
        author=edge.me.author(edge.now()), random=words.random, redactor=redactor,
        interceptors=interceptors(edge),
    )  # fmt: skip
    words.tell_redacted(edge, redactor.counts)
    return told(edge, outcome.checked())


def told(edge: Edge, outcome: Outcome) -> Outcome:
    """Says what those did wrong who were told afterwards."""
    for each in outcome.failed:
        edge.talk(f"{output.paint('warning:', 'yellow')} {output.clean(each)}")
    return outcome


def interceptors(edge: Edge) -> tuple[Interceptor, ...]:
    """Returns the programs of kit.toml that have a say, with whether the person trusts them."""
    config = edge.repository.config
    if not config.tables("context.intercept"):
        return ()
    from kit.context import intercept
    from kit.model import trust

    return intercept.programs(
        config, environment=edge.environment, folder=edge.repository.top,
        trusted=trust.trusted(edge.repository.git.settings, intercept.TRUST),
    )  # fmt: skip


def is_proposed(edge: Edge, thread: str, outcome: Outcome, why: str = "") -> bool:
    """Tells of a proposal and how it is accepted; returns whether the step is one."""
    if outcome.state != "proposed":
        return False
    is_sent = words.send(edge, thread)
    data = {"state": "proposed", "thread": thread, "proposal": outcome.proposal, "commit": outcome.commit or None,
            "known": outcome.is_known, "would": outcome.said, "why": why, "sent": is_sent}  # fmt: skip
    verb = "proposed already" if outcome.is_known else "proposed"
    edge.print(data, f"{verb}: {output.clean(outcome.said)}\nnext: kit context accept {outcome.proposal}")
    return True
