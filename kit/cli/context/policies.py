"""What the verbs of `kit context` do and say about the project's policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.cli import output
from kit.cli.context import thread as words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kit.cli.edge import Edge
    from kit.context.acted import Acted
    from kit.context.add import Added
    from kit.context.maintain import Means, Model
    from kit.context.policy import Known

#: Broken policies that are named; --json of kit context maintain has more.
SHOWN = 10


def after_add(edge: Edge, name: str, added: Added) -> tuple[Known, list[Acted]]:
    """Takes the steps of policies that hold for a thread that was added to, and returns what came of them.

    No model is asked, and what was proposed before is not told again. The entries are there whatever becomes of it.
    """
    from kit.context import policy

    known = policy.policies(edge.store)
    if not known.policies:
        return known, []
    from kit.context import acted, again, due
    from kit.errors import KitError

    try:
        held = due.held(edge.store, name, added, known.policies, now=edge.now())
        found, left = again.again(edge.store, held, added, now=edge.now())
        if left:
            from kit.context import after

            found += after.after(edge.store, held, left, means(edge))
    except KitError as error:
        edge.talk(f"{output.paint('warning:', 'yellow')} the policies were not gone by: {output.clean(error.message)}")
        return known, []
    send(edge, [each for each in found if each.begun])  # the thread itself is sent with what was added
    return known, [each for each in acted.loud(found) if not each.is_known]


def tell(edge: Edge, known: Known, acted: Iterable[Acted]) -> None:
    """Says what came of policies, and which of them are broken."""
    tell_broken(edge, known)
    for each in acted:
        edge.talk(line(each))


def send(edge: Edge, acted: Iterable[Acted]) -> None:
    """Sends the threads that policies have written to, and those that they have begun."""
    for name in dict.fromkeys(each.begun or each.thread for each in acted if each.commit):
        words.send(edge, name)


def means(edge: Edge) -> Means:
    """Returns what steps of policies are taken with here."""
    from kit.cli.context import step as steps
    from kit.context.maintain import Means

    return Means(
        edge.me.author(edge.now()), words.random, words.redactor(edge), steps.interceptors(edge),
        lambda engine: _model(edge, engine), edge.nonce(),
    )  # fmt: skip


def _model(edge: Edge, engine: str) -> Model:
    from kit.context.maintain import Model
    from kit.workflows import distill

    found = distill.model_of(edge.store, engine)
    assert found is not None  # noqa: S101 - both engines are models
    return Model(found.name, found.ask)


def tell_broken(edge: Edge, known: Known) -> None:
    """Names the policies that cannot be evaluated."""
    for each in known.broken[:SHOWN]:
        edge.talk(f"{output.paint('warning:', 'yellow')} a policy is left out: {output.clean(each)}")
    if len(known.broken) > SHOWN:
        edge.talk(f"... and {len(known.broken) - SHOWN} more: kit validate policies")


def line(each: Acted) -> str:
    """Returns what came of a policy for a thread, for people."""
    colour = {"done": "green", "failed": "red", "refused": "red", "due": "yellow", "proposed": "yellow"}
    verb = "proposed already" if each.is_known else each.state
    policy = f"{each.policy}: " if each.policy else ""
    said = f"{each.thread}  {policy}{output.paint(verb, colour.get(each.state, 'dim'))}"
    said += f", {output.clean(each.said)}" if each.said else ""
    said += f" ({output.clean('; '.join(each.verdict.why))})" if each.verdict.why else ""
    said += f"\n    {output.clean(each.error.message)}" if each.error else ""
    return said + (f"\n    next: {output.clean(each.next)}" if each.next else "")
