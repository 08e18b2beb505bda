"""`kit context collapse`: bring what came of a child's thread back as one entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kit.cli.context import step as steps
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.context.step import Step
    from kit.context.thread import State


@kit_command("collapse")
@click.argument("child")
@click.option("--content", default="", metavar="FILE|-", help="What came of it.")
@click.option("--engine", type=click.Choice(["command", "openai"]), help="Let a model of kit.toml say what came of it.")
@click.option("--target", type=click.IntRange(1), metavar="N", help="At most so many tokens.")
@click.option("--into", default="", metavar="THREAD", help="The thread that is told, if not the child's parent.")
@steps.options
def command(
    edge: Edge, *, child: str, content: str, engine: str | None, target: int | None, into: str,
    autonomy: str | None, propose: bool,
) -> None:  # fmt: skip
    r"""Add what came of a child to the thread it was begun from: one entry, which names the child's last commit.

    With --engine a model writes it from what the child has said itself. What important entries of the child's own say
    must be retained is looked for in it: what lacks is named, nothing is written, and the exit status is 7.

    The child's thread stays and is marked as collapsed; kit context expand ENTRY shows its whole story. To go on with
    it, kit context reset HEAD --on CHILD opens it again.

    \b
    Examples:
      kit context collapse lexer --content result.md
      echo "comments are lost in line 12" | kit context collapse lexer --content -
      kit context collapse lexer --engine command --target 300
    """
    from kit.context import collapse, thread
    from kit.errors import UsageError

    if bool(content) == bool(engine):
        raise UsageError("say --content FILE or --engine", hint=f"kit context collapse {child} --content result.md")
    _look(edge, child)
    state = thread.read(edge.store, child)
    name = collapse.parent_of(state, into)
    _look(edge, name)
    collapse.check_open(state)
    step = _step(edge, state, name, content=content, engine=engine, target=target or 0)
    outcome = steps.take(edge, step, autonomy=autonomy, propose=propose)
    if steps.is_proposed(edge, name, outcome, step.why):
        return
    done = outcome.value
    is_sent = all([words.send(edge, done.thread), words.send(edge, child)])
    data = {"state": outcome.state, "thread": done.thread, "child": child, "commit": done.commit, "sent": is_sent,
            "entry": done.entry.meta(), "was_told": done.was_told, "redacted": dict(done.redacted)}  # fmt: skip
    edge.print(data, f"collapsed {child} into {done.entry.id} of {done.thread}")
    if done.was_told:
        edge.talk(f"{done.thread} was told already: that entry stands as it is, and {child} is marked now")


def _step(edge: Edge, state: State, into: str, *, content: str, engine: str | None, target: int) -> Step:
    from kit.context import collapse, entry
    from kit.context.step import Step
    from kit.workflows import distill

    arguments: dict[str, Any] = {"child": state.thread, **({"target": target} if target else {})}
    if not engine:
        return Step(into, "collapse", {**arguments, "text": words.content(edge, content, limit=entry.MAX_TEXT)})
    model = distill.model_of(edge.store, engine)
    assert model is not None  # noqa: S101 - both engines are models
    return Step(
        into, "collapse", {**arguments, "model": model.name}, why=f"engine {model.name}",
        make=collapse.written(edge.store, state.thread, into, model.ask, nonce=edge.nonce()),
    )  # fmt: skip


def _look(edge: Edge, name: str) -> None:
    """Fetches a thread that is not known here."""
    from kit.context import place, tip

    if not tip.tip(edge.store, name).oid:
        edge.fetch(place.ref_of(name))
