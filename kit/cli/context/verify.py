"""`kit context verify`: prove that what was recorded is what was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kit.cli import output
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command
from kit.errors import NotFound, UsageError

if TYPE_CHECKING:
    from kit.cli.edge import Edge

_MOST = 5


@kit_command("verify")
@click.argument("record", default="", metavar="[RECORD]")
@click.option("--all", "everything", is_flag=True, help="Every record of the thread.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="With --all: the newest so many.")
@words.ON
def command(edge: Edge, *, record: str, everything: bool, limit: int, on: str) -> None:
    r"""Prove what was sent: compile again from the recorded commit and options, and compare byte for byte.

    Without a name the newest record is looked at. `proven` means the same bytes; `differs` says what is not the same;
    `unproven` that it cannot be made here (a commit that is gone, a tokenizer that is not installed). The exit status
    is 1 unless all are proven. No cache is read.

    \b
    Examples:
      kit context verify
      kit context verify 0193b5c1a2f0-5f1d9c2e
      kit context verify --all --json
    """
    if record and everything:
        raise UsageError("a record and --all exclude each other", hint="name one of them")
    from kit.context import produce, thread, verify

    state = thread.read(edge.store, words.named(edge, on))
    unread: list[produce.Unread] = []
    if record:
        wanted = [produce.find(edge.store, state, record)]
        left = 0
    else:
        names = produce.names(state)
        if not names:
            raise NotFound(f"{state.thread} has no compile record", hint="kit context compile --record keeps one")
        taken = names[-(limit if everything else 1) :]
        left = len(names) - len(taken)
        wanted = []
        for each in produce.records(edge.store, state, taken):
            if isinstance(each, produce.Unread):
                unread.append(each)
            else:
                wanted.append(each)
    found = [produce.verified(edge.store, each) for each in wanted]
    data = {
        "thread": state.thread,
        "records": [_json(each) for each in found],
        "unread": [each._asdict() for each in unread],
        "not_looked_at": left if everything else 0,
    }
    edge.print(data, lambda: "\n".join(map(_line, found)))
    for each in unread:
        edge.talk(f"{output.paint('broken:', 'yellow')} {output.clean(each.path)}: {output.clean(each.why)}")
    if everything and left:
        edge.talk(f"{output.count(left, 'older record')} not looked at: --limit {len(found) + left}")
    if unread or any(each.answer != verify.PROVEN for each in found):
        raise SystemExit(1)


def _json(found: Any) -> dict[str, Any]:
    record = found.record
    return {"id": record.id, "answer": found.answer, "differs": list(found.differs), "thread": record.thread,
            "commit": record.commit, "digest": record.digest, "agent": record.agent}  # fmt: skip


def _line(found: Any) -> str:
    record = found.record
    said = f"{found.answer} {record.id} {len(record.entries)} entries, {record.tokens} tokens, by {record.agent}"
    lines = [output.clean(said), *(f"  {output.clean(each)}" for each in found.differs[:_MOST])]
    if len(found.differs) > _MOST:
        lines.append(f"  and {len(found.differs) - _MOST} more; --json has them all")
    return "\n".join(lines)
