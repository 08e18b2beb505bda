"""`kit context resolve`: settle a conflict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("resolve")
@click.argument("name", metavar="ENTRY|all")
@click.argument("side", type=click.Choice(["ours", "theirs"]), required=False)
@click.option("--text", "file", default="", metavar="FILE|-", help="Words of its own instead of a side's.")
@click.option("--engine", type=click.Choice(["command", "openai"]), help="Let a model of kit.toml choose.")
@words.ON
def command(edge: Edge, *, name: str, side: str | None, file: str, engine: str | None, on: str) -> None:
    r"""Settle a conflict: take ours, theirs, or other words.

    In a merge that waits the choice is noted, and kit context merge --continue commits it. A conflict that two clones
    have brought together (there ours is the side that stands) is settled by a commit at once.

    With --engine a model chooses, for each conflict of a merge that waits: what it chose stands in the file of the
    merge, to be looked at before --continue.

    \b
    Examples:
      kit context resolve 0193b5c1a2f0-5f1d9c2e theirs
      kit context resolve 5f1d9c2e --text words.md
      kit context resolve all ours
      kit context resolve all --engine command
    """
    from kit.context import conflict, entry, kept, merge, pending
    from kit.errors import UsageError

    if bool(side) + bool(file) + bool(engine) != 1:
        raise UsageError("say ours, theirs, --text FILE or --engine", hint="kit context conflicts shows the sides")
    thread = words.named(edge, on)
    if engine:
        _rule(edge, thread, name, engine)
        return
    redactor = words.redactor(edge)
    text = redactor.text(words.content(edge, file, limit=entry.MAX_TEXT)) if file else ""
    choice = side or "text"
    waits = pending.find(edge.repository, thread)
    if waits and (name == "all" or any(conflict.is_named(each, name) for each in waits.conflicts)):
        found = merge.choose(edge.store, thread, name, choice, text)
        data = {"thread": thread, "open": [each.root for each in found.open], "commit": ""}
        edge.print(data, f"{output.count(len(found.open), 'conflict')} open"
                   + ("" if found.open else ": kit context merge --continue"))  # fmt: skip
        return
    settled = kept.settle(
        edge.store, thread, name, choice, text, author=edge.me.author(edge.now()), random=words.random
    )
    is_sent = words.send(edge, thread)
    done = {"thread": thread, "open": list(settled.open), "commit": settled.commit, "sent": is_sent}
    edge.print(done, f"settled by {settled.commit[:10]}, {output.count(len(settled.open), 'conflict')} open")


def _rule(edge: Edge, thread: str, name: str, engine: str) -> None:
    """Has a model choose for conflicts of the merge that waits, one after the other; each choice is kept at once."""
    from kit.context import conflict, merge, ruling
    from kit.errors import NotFound
    from kit.workflows import distill

    waits = merge.waiting(edge.store, thread)
    meant = [each for each in waits.open if name == "all" or conflict.is_named(each, name)]
    if not meant:
        raise NotFound(f"no open conflict is about {name!r}", hint="kit context conflicts lists them", value=name)
    model = distill.model_of(edge.store, engine)
    assert model is not None  # noqa: S101 - both engines are models
    redactor = words.redactor(edge)
    chosen: list[dict[str, str]] = []
    for each in meant:
        made = ruling.rule(each, model.ask, nonce=edge.nonce())
        text = redactor.text(made.text) if made.text else ""
        waits = merge.choose(edge.store, thread, each.root, made.choice, text)
        chosen.append({"entry": each.root, "choice": made.choice, "text": text})
    data = {"thread": thread, "model": model.name, "chosen": chosen, "open": [each.root for each in waits.open]}
    lines = [f"{each['entry']}: {each['choice']}  {output.head(each['text'])}".rstrip() for each in chosen]
    then = "" if waits.open else ": look at them with kit context conflicts, then merge --continue"
    lines.append(f"{output.count(len(waits.open), 'conflict')} open{then}")
    edge.print(data, "\n".join(lines))
