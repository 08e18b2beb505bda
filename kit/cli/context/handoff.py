"""`kit context handoff`: end a session, and say what the next one starts from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.context.handoff import Handoff


@kit_command("handoff")
@click.option("--summary", default="", metavar="TEXT", help="What was done, and how things stand.")
@click.option("--decision", "decisions", multiple=True, metavar="TEXT", help="What was decided; repeat for more.")
@click.option("--next", "steps", multiple=True, metavar="TEXT", help="What is to be done next; repeat for more.")
@click.option("--content", default="", metavar="FILE|-", help="The same as Markdown, or a summary of many lines.")
@click.option("--from", "source", default="", metavar="FILE.json|-", help="The same as a JSON object.")
@words.ON
def command(
    edge: Edge, *, summary: str, decisions: tuple[str, ...], steps: tuple[str, ...], content: str, source: str, on: str
) -> None:
    r"""End a session: add an entry that says what was done, what was decided and what is to be done next.

    It is of type session and pinned, so every compile holds it, and kit context resume starts from it, on another
    machine too. An earlier handoff of the thread stays and is pinned no more. The thread goes on; nothing is closed.
    Markdown has the headings "## Summary", "## Decisions" and "## Next steps", the last two with lists; JSON has the
    keys summary, decisions and next. --decision and --next add to either.

    \b
    Examples:
      kit context handoff --summary "comments reach the tree" --next "teach the printer about them"
      kit context handoff --content handoff.md
      echo '{"summary": "it works", "decisions": ["keep tokens"], "next": []}' | kit context handoff --from -
    """
    from kit.context import handoff

    thread = words.named(edge, on)
    said = _given(edge, summary, content, source)
    said = said._replace(decisions=said.decisions + decisions, next=said.next + steps)
    added = handoff.handoff(
        edge.store, thread, said, author=edge.me.author(edge.now()), random=words.random,
        redactor=words.redactor(edge),
    )  # fmt: skip
    is_sent = words.send(edge, thread)
    made = added.entries[0]
    data = {"thread": thread, "commit": added.commit, "sent": is_sent, "entry": made.meta(),
            "handoff": handoff.parse(made.text).record(), "redacted": dict(added.redacted)}  # fmt: skip
    edge.print(data, f"handed over {thread} with {made.id}, {_reach(edge, is_sent=is_sent)}")
    edge.talk(f"next: kit context resume {thread}")
    words.tell_redacted(edge, added.redacted)


def _given(edge: Edge, summary: str, content: str, source: str) -> Handoff:
    from kit.context import handoff
    from kit.errors import UsageError
    from kit.records import strict_json

    if len([each for each in (summary, content, source) if each]) > 1:
        raise UsageError("--summary, --content and --from say the same", hint="give one of them")
    if content:
        return handoff.parse(words.content(edge, content))
    if source:
        return handoff.of_record(strict_json.load(words.content(edge, source).encode()), output.clean(source))
    return handoff.Handoff(summary)


def _reach(edge: Edge, *, is_sent: bool) -> str:
    if not edge.store.remote:
        return "kept here: there is no remote"
    return "and sent" if is_sent else "kept here until it can be sent"
