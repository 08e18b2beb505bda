"""`kit context proposals`: the steps that wait until someone accepts or rejects them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.context.proposal import Proposal

SHOWN = 20
_LINES = 12


@kit_command("proposals")
@click.option("--limit", "-n", default=SHOWN, show_default=True, help="At most so many; 0 for all.")
@words.ON
def command(edge: Edge, *, limit: int, on: str) -> None:
    r"""List the proposals that are open in a thread, with what each would change.

    One that says `changed` cannot be accepted any more: what it was about is no longer so.

    \b
    Examples:
      kit context proposals
      kit context proposals --on parser --json
    """
    from kit.context import proposal, thread

    state = thread.read(edge.store, words.named(edge, on))
    found = proposal.proposals(edge.store, state, words.redactor(edge))
    shown = found.proposals[:limit] if limit else found.proposals
    changed = {each.id: proposal.change(edge.store, state, each) for each in shown}
    data = {
        "thread": state.thread, "count": len(found.proposals), "broken": list(found.broken), "left": found.left,
        "proposals": [{**each.record(), "would": each.said, "changed": changed[each.id] or None} for each in shown],
    }  # fmt: skip
    edge.print(data, lambda: "\n\n".join(_text(edge, each, changed[each.id]) for each in shown) or "no open proposals")
    if len(shown) < len(found.proposals):
        edge.talk(f"{len(found.proposals) - len(shown)} more: kit context proposals --limit 0")
    if found.left:
        edge.talk(f"{found.left} more were not read: at most {proposal.MOST} of a thread are")
    if found.broken:
        edge.talk(output.unread(found.broken))


def _text(edge: Edge, each: Proposal, change: str) -> str:
    from kit.records import times

    who = f"by {each.agent} {times.ago(each.at, edge.now())}" + (f", {each.why}" if each.why else "")
    tokens = f"  {each.tokens['before']} to {each.tokens['after']} tokens" if len(each.tokens) == 2 else ""
    lines = [f"{each.id}  {output.clean(each.said)}{tokens}", f"    {output.clean(who)}"]
    lines += [f"    changed: {output.clean(change)}"] if change else []
    text = output.lines(str(each.arguments.get("text", "")), indent="    | ").split("\n")
    lines += text[:_LINES] if each.arguments.get("text") else []
    lines += [f"    ... {len(text) - _LINES} more lines: --json"] if len(text) > _LINES else []
    return "\n".join(lines)
