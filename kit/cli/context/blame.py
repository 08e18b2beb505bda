"""`kit context blame`: who put each sentence there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.context.blamed import Step
    from kit.context.entry import Entry
    from kit.context.thread import State
    from kit.workflows.blaming import Answer

_MOST = 5


@kit_command("blame")
@click.argument("what", default="", metavar="[ENTRY|TEXT]")
@click.option("--at", default="", metavar="REV", help="As it stood then: a commit, a tag, HEAD~2, @2h.")
@click.option("--limit", "-n", type=click.IntRange(0), default=200, show_default=True,
              help="At most so many sentences; 0 for all.")  # fmt: skip
@words.ON
def command(edge: Edge, *, what: str, at: str, limit: int, on: str) -> None:
    r"""Say for each sentence that a model is sent which session, turn, agent and commit put it there.

    Of all that is compiled, of one ENTRY, or of the sentences that say TEXT. A sentence that an edit left as it was is
    still the first writer's; a sentence of a fold is the fold's, with the entries it stands for; what came from
    another thread is followed to where it was said first. What cannot be looked at here is said to be missing.

    \b
    Examples:
      kit context blame
      kit context blame 0193b5c1a2f0-5f1d9c2e --json
      kit context blame "never push"
    """
    from kit.context import thread
    from kit.workflows import blaming

    state = thread.read(edge.store, words.named(edge, on), at, now=edge.now())
    entries, only = _entries(state, what)
    found, more = blaming.answers(edge.store, state, entries, only=only, limit=limit or None)
    data = {"thread": state.thread, "commit": state.commit, "sentences": [each.record() for each in found],
            "more": more, "broken": list(state.broken)}  # fmt: skip
    edge.print(data, lambda: "\n".join(map(_text, found)))
    if more:
        edge.talk(f"{output.count(more, 'more sentence')}: kit context blame --limit 0")
    if state.broken:
        edge.talk(output.unread(state.broken))
    if only and not found:
        edge.talk("no sentence that is sent says that; kit context find looks at all that was ever added")


def _entries(state: State, what: str) -> tuple[list[Entry], str]:
    """Returns the entries to look at and the text that their sentences must say, "" for all of them."""
    from kit.context import edit
    from kit.errors import NotFound
    from kit.workflows import blaming

    if not what:
        return blaming.said(state), ""
    try:
        return [edit.of(state, what).head], ""
    except NotFound:
        return blaming.said(state), what


def _text(each: Answer) -> str:
    blamed = each.blamed
    lines = [output.head(blamed.text, length=100), f"    {_step(blamed.said, blamed.how)}, turn {blamed.turn}"]
    lines += [f"    from {_step(step, step.event.removeprefix('context-'))}" for step in blamed.behind[:_MOST]]
    if blamed.folds:
        quoted = f"; word for word in {', '.join(blamed.quotes[:3])}" if blamed.quotes else ""
        lines.append(f"    stands for {output.some(blamed.folds, 3)}{quoted}")
    if each.session:
        session = each.session
        where = f"turn {session.turn}" if not session.missing else session.missing
        lines.append(f"    session {output.clean(session.session)} lines {session.first}-{session.last}, "
                     f"{output.clean(where)}")  # fmt: skip
    return "\n".join(lines)


def _step(step: Step, how: str) -> str:
    who = output.clean(step.agent or "nobody knows who") + (f" (by {output.clean(step.by)})" if step.by else "")
    where = f"{output.clean(step.thread)} {step.commit[:10]} {output.clean(step.entry)}".strip()
    return f"{output.clean(how)} by {who} in {where}" if not step.missing else f"{where}: {step.missing}"
