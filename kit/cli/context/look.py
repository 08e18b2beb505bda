"""`kit context status`, `diff` and `find`: what a thread holds, how two states of it differ, and where something is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kit.cli import output
from kit.cli.context import meaning
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command
from kit.cli.words import Moment
from kit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.cli.edge import Edge
    from kit.context.diff import Change
    from kit.context.status import Count

SHOWN = 50


@kit_command("status")
@words.ON
def status_command(edge: Edge, *, on: str) -> None:
    r"""Show where a thread stands and what it holds: entries and tokens by role and priority, and what waits.

    \b
    Examples:
      kit context status
      kit context status --on parser --json
    """
    from kit.context import log, status, thread

    state = thread.read(edge.store, words.named(edge, on))
    found = status.status(edge.store, state)
    last = log.event(edge.store.objects.commit(state.commit))
    data = {"thread": state.thread, "commit": state.commit, **found.record(), "broken": list(state.broken),
            "record": state.record.record(), "last": last.record()}  # fmt: skip
    lines = [
        f"{state.thread} at {state.commit[:10]}: {output.head(last.subject)}",
        f"{output.count(found.total.entries, 'entry' if found.total.entries == 1 else 'entrie')}, "
        f"{output.count(found.total.tokens, 'token')}"
        + (f" ({', '.join(f'{count} by {by}' for by, count in found.counted.items())})" if found.counted else ""),
    ]
    lines += [_counts(name, counts) for name, counts in (("role", found.by_role), ("priority", found.by_priority))]
    lines += [f"{output.count(found.edits, 'edit')}"] if found.edits else []
    lines += [f"{output.count(found.proposals, 'open proposal')}: kit context proposals"] if found.proposals else []
    lines += [f"{output.count(found.conflicts, 'open conflict')}: kit context conflicts"] if found.conflicts else []
    lines += (
        [
            f"budget: {found.used} of {output.count(found.budget, 'token')} used"
            + (", kit context compile cuts the rest" if found.used > found.budget else "")
        ]
        if found.budget
        else []
    )
    lines += ["it waits to be sent: kit sync"] if found.waits else []
    lines += ["it has gone on elsewhere too: kit sync joins both"] if found.is_apart else []
    edge.print(data, "\n".join(filter(None, lines)))
    if state.broken:
        edge.talk(output.unread(state.broken))


def _counts(name: str, counts: Mapping[str, Count]) -> str:
    told = ", ".join(f"{output.clean(each)} {count.entries} ({count.tokens})" for each, count in counts.items())
    return f"by {name}: {told}" if told else ""


@kit_command("diff")
@click.argument("range_", default="HEAD~1..HEAD", metavar="[A..B]")
@click.option("--limit", "-n", default=SHOWN, show_default=True, help="At most so many entries; 0 for all.")
@click.option("--stat", is_flag=True, help="Only which entries, and by how many tokens.")
@click.option("--semantic", is_flag=True, help="What changed in meaning, by rules, each named with its words.")
@click.option("--engine", type=click.Choice(meaning.ENGINES), default="rules", show_default=True,
              help="With --semantic: ask a model too; what it does not quote is dropped.")  # fmt: skip
@words.ON
def diff_command(edge: Edge, *, range_: str, limit: int, stat: bool, semantic: bool, engine: str, on: str) -> None:
    r"""Compare what a thread says at two commits, entry by entry; A alone means up to now.

    Either side may be of another thread: parser:HEAD, or parser. With --semantic, instructions that were added,
    removed, weakened, strengthened or reversed, facts that contradict each other, decisions turned round and results of
    tools that are others. The rules know English and what stands in their lists, and nothing else.

    \b
    Examples:
      kit context diff
      kit context diff green..HEAD
      kit context diff @2h --stat
      kit context diff parser..retry
      kit context diff --semantic green..HEAD
    """
    from kit.context import diff, rev, thread

    if engine != "rules" and not semantic:
        raise UsageError("--engine is for --semantic", hint="kit context diff --semantic --engine command")
    name = words.named(edge, on)
    now = edge.now()
    before, _, after = range_.partition("..")
    oids = [rev.resolve(edge.store, name, each or "HEAD", now=now) for each in (before, after)]
    states = [thread.State(edge.store, name, oid) for oid in oids]
    if semantic:
        meaning.tell(edge, *states, engine=engine, limit=limit)
        return
    found = diff.diff(*(each.entries for each in states))
    shown = found.changes[:limit] if limit else found.changes
    data = {"thread": name, "before": oids[0], "after": oids[1], "changes": [each.record() for each in shown],
            "count": len(found.changes), "unchanged": found.unchanged, "tokens": found.tokens}  # fmt: skip
    total = f"{len(found.changes)} changed, {found.unchanged} unchanged, {found.tokens:+d} tokens"
    edge.print(data, lambda: "\n".join([*(_change(each, is_short=stat) for each in shown), total]))
    if len(shown) < len(found.changes):
        edge.talk(f"{len(found.changes) - len(shown)} more: kit context diff {range_} --limit 0")


def _change(each: Change, *, is_short: bool) -> str:
    data = each.record()
    head = f"{each.status} {each.id} {output.clean(data['role'])} {each.tokens:+d} tokens"
    fields = [f"  {name}: {_said(old)} -> {_said(new)}" for name, (old, new) in data["fields"].items()]
    if is_short:
        return head
    colours = {"+": "green", "-": "red", "@": "cyan"}
    lines = [output.paint(output.lines(line), colours.get(line[:1], "dim")) for line in each.lines()]
    return "\n".join([output.paint(head, "bold"), *fields, *(f"  {line}" for line in lines)])


def _said(value: Any) -> str:
    if isinstance(value, list):
        return output.clean(", ".join(map(str, value))) or "-"
    return output.clean(value) or "-"


@kit_command("find")
@click.argument("text", default="")
@click.option("--role", default="", help="Said by this role.")
@click.option("--type", "--kind", "kind", default="", help="Of this type.")
@click.option("--priority", type=click.Choice(("skip", "normal", "important", "pinned")), default=None)
@click.option("--tag", "tags", multiple=True, help="With this tag; repeat for more.")
@click.option("--by", "agent", default="", metavar="AGENT", help="Added by this agent.")
@click.option("--since", type=Moment(), default=0.0, help="Added since then: 2h, 2026-11-20.")
@click.option("--all", "is_all", is_flag=True, help="In all threads, not only the current one.")
@click.option("--at", default="", metavar="REV", help="In what stood there at that commit.")
@click.option("--limit", "-n", default=SHOWN, show_default=True, help="At most so many, the last ones; 0 for all.")
@words.ON
def find_command(edge: Edge, *, text: str, is_all: bool, at: str, limit: int, on: str, **given: Any) -> None:
    r"""Find entries by what they say, whatever its case, and by what was noted on them.

    \b
    Examples:
      kit context find comment
      kit context find --role tool --tag decision
      kit context find "RFC 8259" --all --json
    """
    from kit.context import branches, find, thread, version

    wanted = find.Wanted(text, **{**given, "priority": given["priority"] or ""})
    names = [each.name for each in branches.branches(edge.store).threads] if is_all else [words.named(edge, on)]
    states = [thread.read(edge.store, name, at, now=edge.now()) for name in names]
    found = [(each.thread, one) for each in states for one in find.find(version.effective(each.entries), wanted)]
    shown = found[-limit:] if limit else found
    data = {"entries": [{"thread": name, **each.record()} for name, each in shown], "count": len(found),
            "threads": names, "broken": [path for each in states for path in each.broken]}  # fmt: skip
    first = ["thread"] if is_all else []
    edge.print(data, lambda: output.table(
        [*first, "id", "role", "type", "priority", "tokens", "text"],
        [[name] * is_all + words.line(each) for name, each in shown],
    ) if shown else "nothing found")  # fmt: skip
    if len(shown) < len(found):
        edge.talk(f"{len(found) - len(shown)} earlier: kit context find ... --limit 0")
    if data["broken"]:
        edge.talk(output.unread([path for each in states for path in each.broken]))
