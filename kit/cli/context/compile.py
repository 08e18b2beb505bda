"""`kit context compile`: exactly what a model is sent of a thread."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import click

from kit.cli import output
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command
from kit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.cli.edge import Edge
    from kit.context.compilation import Compilation
    from kit.context.compiled import Compiled
    from kit.context.options import Options
    from kit.context.thread import State

_MOST = 10
_MAX_ORDER = 4 << 20


@kit_command("compile")
@click.option("--at", default="", metavar="REV|TIME", help="As it stood there: a commit, a tag, or @2h, @2026-11-20.")
@click.option("--budget", type=click.IntRange(0), metavar="TOKENS",
              help="At most so many tokens, not the thread's own budget; 0 for no bound.")  # fmt: skip
@click.option("--strategy", type=click.Choice(["full", "messages", "adaptive", "window"]), default="full",
              show_default=True, help="Which entries, before the budget.")  # fmt: skip
@click.option("--k", type=click.IntRange(1), default=5, show_default=True, metavar="N",
              help="Recent entries (adaptive) or turns (window) that stay whole.")  # fmt: skip
@click.option("--order", default="time", metavar="FILE|-|time", help="Ids, one a line, in the order wanted.")
@click.option("--format", "shape", type=click.Choice(["text", "json", "openai", "anthropic"]), default="text",
              show_default=True)  # fmt: skip
@click.option("--reasoning", is_flag=True, help="What was only thought, too.")
@click.option("--tokens", "counter", type=click.Choice(["auto", "estimate", "rs-bpe"]), default="auto",
              show_default=True, help="Who counts what no usage tells; auto takes rs-bpe where installed.")  # fmt: skip
@click.option("--record", "is_recorded", is_flag=True, help="Keep in the thread what exactly was sent.")
@click.option("--strict", is_flag=True, help="Exit with 1 when the order changes what is meant.")
@words.ON
def command(
    edge: Edge,
    *,
    on: str,
    at: str,
    budget: int | None,
    strategy: str,
    k: int,
    order: str,
    shape: str,
    reasoning: bool,
    counter: str,
    is_recorded: bool,
    strict: bool,
) -> None:
    r"""Compile a thread: exactly what a model is sent, and an account of what is not.

    The same commit and options give the same bytes, always. Edits stand in their target's place; what is skipped is
    out; pinned entries are never cut, and important ones after all others. A tool's call and its result go in
    together or not at all. When the pinned entries alone exceed the budget, nothing is printed and the exit status is
    7. The account goes to standard error, or with --json beside the output.

    \b
    Strategies:
      full      everything
      messages  instructions, dialogue and folds
      window    the last K turns (a turn begins where a user speaks)
      adaptive  the last K entries whole, older ones by their headings or first sentence; important ones whole

    \b
    Examples:
      kit context compile --format anthropic --budget 8000
      kit context compile --at @2h --strategy window --k 3
      kit context compile --format openai --record > request.json
    """
    from kit.context import cache, installed, thread
    from kit.context.options import Options

    state = thread.read(edge.store, words.named(edge, on), at, now=edge.now())
    options = Options(
        format=shape,
        strategy=strategy,
        budget=state.budget if budget is None else budget,
        k=k,
        order=_order(order),
        reasoning=reasoning,
        counter=installed.best() if counter == "auto" else counter,
    )
    made = cache.kept(edge.store, state, options) or _compiled(edge, state, options)
    record = _recorded(edge, state, made, options) if is_recorded else None
    if edge.as_json:
        told = {"thread": state.thread, "digest": made.digest, "record": record.id if record else None}
        output.write_json(told | {"account": made.account, "output": _value(made, shape)})
    else:
        output.write_bytes(made.data)
    _talk(edge, made.account)
    if state.other:
        edge.talk("the thread has gone on apart on the remote, and that is not in it: kit sync joins both")
    if record:
        edge.talk(f"recorded as {record.id}: kit context verify {record.id} proves it")
        words.send(edge, state.thread)
    if strict and made.account["warnings"]:
        raise SystemExit(1)


def _compiled(edge: Edge, state: State, options: Options) -> Compiled:
    from kit.context import produce  # what was kept needs none of it

    return produce.compiled(edge.store, state, options)


def _recorded(edge: Edge, state: State, made: Compiled, options: Options) -> Compilation:
    from kit.context import produce

    author = edge.me.author(edge.now())
    return produce.keep(edge.store, state.thread, made, options, author=author, random=words.random())


def _order(word: str) -> tuple[str, ...]:
    """Returns the ids in a file, one a line; empty lines and those that begin with # say nothing."""
    if word == "time":
        return ()
    lines = (line.strip() for line in _given(word).splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def _given(word: str) -> str:
    """Returns what stands in a file or, for -, on standard input. Raises InvalidInput when it cannot be read."""
    import sys
    from pathlib import Path

    try:
        with contextlib.nullcontext(sys.stdin.buffer) if word == "-" else Path(word).open("rb") as opened:
            data = opened.read(_MAX_ORDER + 1)
        if len(data) > _MAX_ORDER:
            raise ValueError(f"has more than {_MAX_ORDER} bytes")
        return data.decode()
    except (OSError, ValueError) as error:
        raise InvalidInput(f"the order in {word} cannot be read: {error}", hint="write one id a line") from None


def _value(made: Compiled, shape: str) -> Any:
    """Returns what was compiled as it stands in kit's own JSON, without a second copy of the account."""
    if shape == "text":
        return made.data.decode()
    value = json.loads(made.data)
    return {"entries": value["entries"]} if shape == "json" else value


def _talk(edge: Edge, account: Mapping[str, Any]) -> None:
    tokens = account["tokens"]
    by = ", ".join(f"{number} by {who}" for who, number in tokens["counted_by"].items())
    budget = account["options"]["budget"]
    of = f" of {budget}" if budget else ""
    number = len(account["entries"])
    edge.talk(f"{number} {'entry' if number == 1 else 'entries'}, {tokens['total']}{of} tokens"
              f"{f' (counted: {by})' if by else ''}")  # fmt: skip
    if account["cut"]:
        edge.talk(f"not in it: {output.counted(account['cut_by_reason'])}, {tokens['cut']} tokens; --json names each")
    forms: dict[str, int] = {}
    for each in account["entries"]:
        if each["form"] not in ("full", "fold"):
            forms[each["form"]] = forms.get(each["form"], 0) + 1
    if forms:
        edge.talk(f"shortened: {output.counted(forms)}")
    if tokens["opening"]:
        edge.talk("an opening message stands first: the API wants a user there")
    for each in account["warnings"][:_MOST]:
        edge.talk(f"{output.paint('warning:', 'yellow')} {each['name']}: {output.clean(each['message'])}")
    if len(account["warnings"]) > _MOST:
        edge.talk(f"and {len(account['warnings']) - _MOST} more warnings; --json has them all")
