"""`kit gc`: fold finished tasks, read mail and silent agents away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kit.cli import output
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.coordination.gc import Folded

SHOWN = 20


@kit_command("gc")
@click.option("--dry-run", is_flag=True, help="Only say what would be folded.")
def command(edge: Edge, *, dry_run: bool) -> None:
    r"""Fold what is finished into refs/kit/archive, so that few refs stand however much was done.

    Folded are: tasks that are done and merged (or done longer ago than [gc] keep, 7 days unless told), old mail of
    yours that was read, agents not seen for that long that hold no claim, expired reservations. Their history stays
    reachable, and kit task show still tells it. Nothing live is touched, and nothing that changes meanwhile. What is
    loose in this repository is packed, never pruned; the remote packs itself. kit sync runs this when it is due.

    \b
    Examples:
      kit gc --dry-run
      kit gc
    """
    from kit.coordination.gc import gc

    done = gc(edge.store, me=edge.me, now=edge.now(), dry_run=dry_run)
    if done.unpacked:
        edge.talk(f"{output.paint('warning:', 'yellow')} not packed: {output.clean(done.unpacked)}")
    edge.print({**data_of(done), "dry_run": dry_run}, lambda: text_of(done, dry_run=dry_run))


def data_of(done: Folded) -> dict[str, Any]:
    """Returns what was folded, as JSON."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in done._asdict().items()}


def text_of(done: Folded, *, dry_run: bool = False) -> str:
    """Returns what was folded, for a person."""
    counts = {
        "task": done.tasks,
        "silent agent": done.agents,
        "old message": done.mail,
        "expired reservation": done.reservations,
    }
    said = ", ".join(output.count(len(names), what) for what, names in counts.items() if names) or "nothing"
    lines = [f"{'would fold' if dry_run else 'folded'} {said}"]
    if done.unmerged:
        lines.append(f"done long ago and never merged here: {output.some(done.unmerged, SHOWN)}")
    if dry_run:
        lines += [f"  {what}s: {output.some(names, SHOWN)}" for what, names in counts.items() if names]
    elif not done.unpacked:
        lines.append("packed what was loose here; the remote packs itself")
    return "\n".join(lines)
