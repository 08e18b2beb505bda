"""`kit context audit`: who saw what, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command
from kit.cli.words import Moment
from kit.errors import UsageError

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.context.audit import Seen


@kit_command("audit")
@click.option("--across", default="", metavar="THREADS", help="Threads with commas between them, or all.")
@click.option("--entry", default="", metavar="ID", help="Who saw this entry, other versions of it, or a fold of it.")
@click.option("--text", default="", metavar="TEXT", help="Who saw an entry that says this.")
@click.option("--since", type=Moment(), default=0.0, metavar="TIME", help="Only from then on: 2h, 2026-11-20T10:00Z.")
@click.option("--limit", "-n", type=click.IntRange(0), default=50, show_default=True,
              help="At most so many, the newest; 0 for all.")  # fmt: skip
@words.ON
def command(edge: Edge, *, across: str, entry: str, text: str, since: float, limit: int, on: str) -> None:
    r"""Say who saw what, and when: from the compile records, and from who wrote.

    Only what was compiled with --record is known to have been seen. An entry that was sent shortened was seen in part;
    what a fold stands for was seen through the fold.

    \b
    Examples:
      kit context audit --agent ben --since 2h
      kit context audit --across all --entry 0193b5c1a2f0-5f1d9c2e
      kit context audit --across parser,review --text "never push" --json
    """
    from kit.context import audit, tip

    if entry and text:
        raise UsageError("--entry and --text exclude each other", hint="name one of them")
    if across and on:
        raise UsageError("--across and --on exclude each other", hint="name one of them")
    threads = sorted(tip.known(edge.store)) if across == "all" else [each.strip() for each in across.split(",") if each]
    threads = threads or [words.named(edge, on)]
    found = audit.audit(edge.store, threads, audit.Wanted(edge.agent or "", entry, text, since))
    shown = found.seen[-limit:] if limit else found.seen
    data = {"threads": threads, "agents": found.agents, "seen": [each.record() for each in shown],
            "more": len(found.seen) - len(shown), "records_read": found.records, "records_left": found.left,
            "unread": list(found.unread)}  # fmt: skip
    edge.print(data, lambda: _table(edge, shown))
    edge.talk(f"looked at {output.count(found.threads, 'thread')} and {output.count(found.records, 'compile record')}")
    if len(shown) < len(found.seen):
        edge.talk(f"{len(found.seen) - len(shown)} earlier: --limit 0")
    if found.left:
        edge.talk(f"{output.count(found.left, 'older record')} not looked at: --since does not reach them either")
    for each in found.unread:
        edge.talk(f"{output.paint('broken:', 'yellow')} {output.clean(each)}")


next(each for each in command.params if each.name == "agent").help = "Only what this agent saw and wrote."


def _table(edge: Edge, seen: tuple[Seen, ...]) -> str:
    from kit.records import times

    rows = [
        [times.ago(each.at, edge.now()), each.agent, each.what, each.thread, each.entry or each.compilation,
         each.how or f"{each.entries} entries, {each.tokens} tokens"]
        for each in seen
    ]  # fmt: skip
    return output.table(["when", "who", "did", "thread", "what", "how"], rows) if rows else ""
