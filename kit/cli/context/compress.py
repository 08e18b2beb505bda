"""`kit context compress`: fold a range of a thread into one entry that stands for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("compress")
@click.argument("range_", default="", metavar="[FIRST..LAST]")
@click.option("--content", default="", metavar="FILE|-", help="The summary.")
@click.option("--engine", type=click.Choice(["command", "openai"]), help="Let a model of kit.toml write the summary.")
@click.option("--target", type=click.IntRange(1), metavar="N", help="At most so many tokens.")
@click.option("--window", type=click.IntRange(0), default=0, metavar="K", help="The last K turns stay.")
@words.ON
def command(
    edge: Edge, *, range_: str, content: str, engine: str | None, target: int | None, window: int, on: str
) -> None:
    r"""Fold a range into one entry: compiled in its place, while the originals stay in the thread.

    Pinned entries stay where they are, skipped ones are dropped, a tool's call and its result are folded together or
    not at all. What important entries say must be retained is looked for in the summary: what lacks is named, nothing
    is written, and the exit status is 7. kit context expand shows the originals, and --restore brings them back.

    \b
    Examples:
      kit context compress --content summary.md --window 2
      kit context compress 0193b5c1a2f0-5f1d9c2e..0193b5c1a2f9-0a0314fb --content -
      kit context compress --engine command --target 500 --window 3
    """
    from kit.context import compress, span, thread
    from kit.errors import UsageError
    from kit.workflows import distill

    if bool(content) == bool(engine):
        raise UsageError("say --content FILE or --engine", hint="kit context compress --content summary.md")
    state = thread.read(edge.store, words.named(edge, on))
    found = span.span(state, range_, window=window)
    name = ""
    if engine:
        model = distill.model_of(edge.store, engine)
        assert model is not None  # noqa: S101 - both engines are models
        name = model.name
        text = compress.ask(found, model.ask, nonce=edge.nonce(), target=target or 0)
    else:
        text = words.content(edge, content, limit=4 * compress.MAX_SUMMARY)
    made = compress.fold(
        edge.store, state, found, text, author=edge.me.author(edge.now()), random=words.random,
        redactor=words.redactor(edge), target=target or 0, model=name,
    )  # fmt: skip
    is_sent = words.send(edge, state.thread)
    tokens = made.fold.tokens.count if made.fold.tokens else 0
    data = {
        "thread": state.thread, "commit": made.commit, "sent": is_sent, "fold": made.fold.meta(),
        "tokens": {"before": found.tokens, "after": tokens}, "pinned": list(found.pinned), "halves": list(found.halves),
        "dropped": len(found.folded) - len(found.told),
    }  # fmt: skip
    edge.print(data, f"folded {len(found.ids)} entries into {made.fold.id}: {found.tokens} to {tokens} tokens")
    if found.pinned or found.halves:
        edge.talk(f"stay in place: {len(found.pinned)} pinned, {len(found.halves)} halves of a tool's pair")
