"""`kit context pick`: take entries of another thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kit.cli import output
from kit.cli.context import merge as words_of_merge
from kit.cli.context import step as steps
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.context.pick import Chosen

SHOWN = 20


@kit_command("pick")
@click.argument("source", metavar="THREAD[:REV]")
@click.argument("entries", nargs=-1, metavar="[ENTRY]...")
@click.option("--strict", is_flag=True, help="Refuse where a copy means something else here.")
@click.option("--dry-run", is_flag=True, help="Only say what would come.")
@steps.options
@words.ON
def command(
    edge: Edge, *, source: str, entries: tuple[str, ...], strict: bool, dry_run: bool, on: str, autonomy: str | None,
    propose: bool,
) -> None:  # fmt: skip
    r"""Add copies of another thread's entries, as they are in force there; each says where it comes from.

    Without entries it takes those that the commit wrote. What is here already is not taken twice; where it has got
    other words there since, they become an edit, and what only this thread has edited stays. A tool's call and its
    result come together. kit context blame follows a copy to who said it first.

    \b
    Named where a copy means something else here:
      answer-without-question  the question it answers is not here
      half-of-a-pair           a tool's call without its result, or the other way round
      fold-without-originals   a fold of entries that are not here
      edit-beside-edit         both threads have edited it since
      edit-without-target      an edit of what is not here comes as an entry like others

    \b
    Examples:
      kit context pick retry 0193b5c1a2f0-5f1d9c2e
      kit context pick retry:HEAD~2
      kit context pick retry 5f1d9c2e 0a0314fb --dry-run
    """
    from kit.context import operation, pick, rev
    from kit.context.step import Step

    name = words.named(edge, on)
    thread, _, at = source.partition(":")
    there = pick.at(edge.store, thread, rev.resolve(edge.store, thread, at or "HEAD", now=edge.now()))
    wanted = [there.find(each).id for each in entries] or pick.of_commit(edge.store, there)
    if dry_run:
        chosen = pick.choose(edge.store, name, there, wanted)
        edge.print(
            {"state": "dry-run", "thread": name, "source": thread, **_data(chosen),
             "entries": [each.origin for each in chosen.drafts]},
            _text(chosen, f"would pick {output.count(len(chosen.drafts), 'entry', 'entries')} of {thread}"),
        )  # fmt: skip
        words_of_merge.tell_warnings(edge, chosen.warnings)
        return
    step = Step(name, "pick", {"source": thread, "theirs": there.commit, "entries": wanted},
                more=operation.STRICT if strict else None)  # fmt: skip
    outcome = steps.take(edge, step, autonomy=autonomy, propose=propose)
    if steps.is_proposed(edge, name, outcome):
        return
    made = outcome.value
    is_sent = words.send(edge, name) if made.commit else False
    data = {"state": outcome.state, "thread": name, "source": thread, "commit": made.commit or None, "sent": is_sent,
            **_data(made.chosen), "entries": [each.meta() for each in made.entries]}  # fmt: skip
    done = f"picked {output.count(len(made.entries), 'entry', 'entries')} of {thread}, commit {made.commit[:10]}"
    edge.print(data, _text(made.chosen, done if made.commit else "nothing to pick: all of it is here already"))
    words_of_merge.tell_warnings(edge, made.chosen.warnings)


def _data(chosen: Chosen) -> dict[str, Any]:
    return {"known": list(chosen.known), "with": list(chosen.with_),
            "warnings": [each._asdict() for each in chosen.warnings]}  # fmt: skip


def _text(chosen: Chosen, done: str) -> str:
    lines = [done]
    lines += [f"came along as halves of pairs: {output.some(chosen.with_, SHOWN)}"] if chosen.with_ else []
    lines += [f"here already: {output.some(chosen.known, SHOWN)}"] if chosen.known and chosen.drafts else []
    return "\n".join(lines)
