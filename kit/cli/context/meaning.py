"""`kit context diff --semantic`: what changed in meaning."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from kit.cli import output

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.context.meaning.finding import Finding
    from kit.context.thread import State

ENGINES = ("rules", "command", "openai")


def tell(edge: Edge, before: State, after: State, *, engine: str, limit: int) -> None:
    """Prints what changed in meaning between two states, at most `limit` findings (0 for all)."""
    from kit.workflows import distill, meaning

    model = distill.model_of(edge.store, engine)
    found = meaning.compared(before, after, model=model, nonce=os.urandom(8).hex())
    shown = found.findings[:limit] if limit else found.findings
    data = {"before": before.commit, "after": after.commit, "engine": model.name if model else "rules",
            "findings": [each.record() for each in shown], "count": len(found.findings), "same": found.rules.same,
            "reworded": found.rules.reworded, "not_looked_at": found.rules.left, "dropped": found.dropped,
            "unread": found.unread}  # fmt: skip
    edge.print(data, lambda: "\n".join(map(_text, shown)))
    if not edge.as_json:
        edge.talk(f"{output.count(len(found.findings), 'finding')}; {output.count(found.rules.same, 'sentence')} "
                  f"{'is' if found.rules.same == 1 else 'are'} the same, "
                  f"{found.rules.reworded} say the same in other words, as far as the rules see")  # fmt: skip
    if len(shown) < len(found.findings):
        edge.talk(f"{len(found.findings) - len(shown)} more: --limit 0")
    if found.rules.left:
        edge.talk(f"{output.count(found.rules.left, 'sentence')} at the beginning not looked at: there are too many")
    if found.dropped:
        edge.talk(f"{output.count(found.dropped, 'finding')} of the model dropped: the quotation does not stand there")
    if found.unread:
        edge.talk(
            f"{output.count(found.unread, 'changed entry')} did not fit into the prompt".replace("entrys", "entries")
        )


def _text(each: Finding) -> str:
    lines = [f"{output.paint(each.kind, 'bold')}: {output.clean(each.why)}"
             + (f" ({output.clean(', '.join(each.words))})" if each.words else "")
             + ("" if each.by == "rules" else f", says {output.clean(each.by)}")]  # fmt: skip
    for mark, side, colour in (("-", each.before, "red"), ("+", each.after, "green")):
        if side:
            lines.append(
                output.paint(f"  {mark} {output.clean(side.entry)}: {output.head(side.text, length=160)}", colour)
            )
    return "\n".join(lines)
