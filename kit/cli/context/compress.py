"""`kit context compress`: fold a range of a thread into one entry that stands for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kit.cli.context import step as steps
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.context.step import Step


@kit_command("compress")
@click.argument("range_", default="", metavar="[FIRST..LAST]")
@click.option("--content", default="", metavar="FILE|-", help="The summary.")
@click.option("--engine", type=click.Choice(["command", "openai"]), help="Let a model of kit.toml write the summary.")
@click.option("--target", type=click.IntRange(1), metavar="N", help="At most so many tokens.")
@click.option("--window", type=click.IntRange(0), default=0, metavar="K", help="The last K turns stay.")
@steps.options
@words.ON
def command(
    edge: Edge, *, range_: str, content: str, engine: str | None, target: int | None, window: int, on: str,
    autonomy: str | None, propose: bool,
) -> None:  # fmt: skip
    r"""Fold a range into one entry: compiled in its place, while the originals stay in the thread.

    Pinned entries stay where they are, skipped ones are dropped, a tool's call and its result are folded together or
    not at all. What important entries say must be retained is looked for in the summary: what lacks is named, nothing
    is written, and the exit status is 7. kit context expand shows the originals, and --restore brings them back.

    A summary given with --content is folded at once. One that a model writes is proposed first, unless kit.toml or
    --autonomy says otherwise: kit context accept folds it.

    \b
    Examples:
      kit context compress --content summary.md --window 2
      kit context compress 0193b5c1a2f0-5f1d9c2e..0193b5c1a2f9-0a0314fb --content -
      kit context compress --engine command --target 500 --window 3
      kit context compress --engine command --autonomy autonomous
    """
    from kit.context import span, thread
    from kit.errors import UsageError

    if bool(content) == bool(engine):
        raise UsageError("say --content FILE or --engine", hint="kit context compress --content summary.md")
    state = thread.read(edge.store, words.named(edge, on))
    found = span.span(state, range_, window=window)
    arguments = {"first": found.folded[0].root.id, "last": found.last.id, **({"target": target} if target else {})}
    step = _step(edge, state.thread, arguments, content=content, engine=engine)
    outcome = steps.take(edge, step, autonomy=autonomy, propose=propose)
    if steps.is_proposed(edge, state.thread, outcome, step.why):
        return
    made = outcome.value
    found = made.span
    is_sent = words.send(edge, state.thread)
    tokens = made.fold.tokens.count if made.fold.tokens else 0
    data = {
        "state": outcome.state, "thread": state.thread, "commit": made.commit, "sent": is_sent,
        "fold": made.fold.meta(),
        "tokens": {"before": found.tokens, "after": tokens}, "pinned": list(found.pinned), "halves": list(found.halves),
        "dropped": len(found.folded) - len(found.told),
    }  # fmt: skip
    edge.print(data, f"folded {len(found.ids)} entries into {made.fold.id}: {found.tokens} to {tokens} tokens")
    if found.pinned or found.halves:
        edge.talk(f"stay in place: {len(found.pinned)} pinned, {len(found.halves)} halves of a tool's pair")


def _step(edge: Edge, thread: str, arguments: dict[str, Any], *, content: str, engine: str | None) -> Step:
    from kit.context import compress
    from kit.context.step import Step
    from kit.workflows import distill

    if not engine:
        text = words.content(edge, content, limit=4 * compress.MAX_SUMMARY)
        return Step(thread, "compress", {**arguments, "text": text})
    model = distill.model_of(edge.store, engine)
    assert model is not None  # noqa: S101 - both engines are models
    return Step(
        thread, "compress", {**arguments, "model": model.name}, why=f"engine {model.name}",
        make=compress.written(edge.store, thread, model.ask, nonce=edge.nonce()),
    )  # fmt: skip
