"""`kit gate`: what a candidate must pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output, person
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.workflows.gates import Ran


@kit_command("list")
@click.option("--rev", default="", metavar="REV", help="As this commit has them; else as the reviewed branch has them.")
@click.option("--work-tree", "in_work_tree", is_flag=True, help="As the work tree has them.")
def list_command(edge: Edge, *, rev: str, in_work_tree: bool) -> None:
    r"""List the gates that hold: kit's own, and those of the project's gates/.

    A file in gates/ that names a check (check: links) changes its severity; one that names none is read by a person.

    \b
    Examples:
      kit gate list
      kit gate list --work-tree --json
    """
    from kit.review import branch
    from kit.store import tree
    from kit.workflows import gates

    commit = tree.resolve(edge.repository.git, rev) if rev else branch.base(edge.repository).oid
    found = gates.known(edge.repository, None if in_work_tree else commit)
    data = [{"id": each.id, "title": each.title, "severity": each.severity, "is_checked": each.check is not None,
             "types": list(each.types), "path": each.path, "digest": each.digest} for each in found]  # fmt: skip
    rows = [
        (each.id, each.severity, "kit" if each.check else "a person", each.path or "shipped", each.title)
        for each in found
    ]
    edge.print({"gates": data}, lambda: output.table(("gate", "severity", "decided by", "where", "title"), rows))


@kit_command("run")
@click.argument("name", default="", metavar="[CANDIDATE]")
@click.option("--rev", default="", metavar="REV", help="The records that this commit changes on the reviewed branch.")
@person.ENGINE
def run_command(edge: Edge, *, name: str, rev: str, engine: str | None) -> None:
    r"""Run the gates over a candidate (its id or its file), or over what a commit changes.

    The gates are those of the reviewed branch. Nothing is written. The exit status is 7 when one of them fails.

    \b
    Examples:
      kit gate run pytest-loop-closed
      kit gate run candidates/pytest-loop-closed.md --json
      kit gate run --rev kit/promote/pytest-loop-closed
    """
    from kit.errors import UsageError
    from kit.workflows import proposing

    if bool(name) == bool(rev):
        raise UsageError("name a candidate, or a commit with --rev", hint="kit review list shows what waits")
    if rev:
        ran = proposing.run_revision(edge.store, rev)
    else:
        ran = [proposing.run_candidate(edge.store, person.named(edge, name))]
    judge = person.judge(edge, engine or "")
    ran = [judge(each) for each in ran]
    edge.print({"records": [as_json(each) for each in ran]}, lambda: "\n\n".join(map(text, ran)))
    if not ran:
        edge.talk("it changes no record")
    if any(each.blocking for each in ran):
        raise SystemExit(7)


def as_json(ran: Ran) -> dict[str, object]:
    """Returns what the gates said of one record."""
    from kit.workflows import gates

    return {"id": ran.record.id, "path": ran.record.path, "digest": ran.record.digest(),
            "blocked": bool(ran.blocking), "gates": [gates.table_row(each) for each in ran.outcomes],
            "near": [each._asdict() for each in ran.near]}  # fmt: skip


def text(ran: Ran) -> str:
    """Returns the same for people."""
    colours = {"pass": "green", "fail": "red", "warn": "yellow", "open": "cyan"}
    lines = [output.clean(ran.record.path)]
    for each in ran.outcomes:
        title = f": {output.clean(each.gate.title)}, for a person to read" if each.status == "open" else ""
        lines.append(
            f"  {output.paint(each.status.ljust(4), colours[each.status])}  {output.clean(each.gate.id)}{title}"
        )
        for fault in each.faults[:10]:
            place = f"line {fault.line}: " if fault.line else ""
            fix = f" ({output.clean(fault.fix)})" if fault.fix else ""
            lines.append(f"        {fault.severity or each.gate.severity}: {place}{output.clean(fault.message)}{fix}")
        if len(each.faults) > 10:
            lines.append(f"        and {len(each.faults) - 10} more: --json shows all")
    return "\n".join(lines)


@click.group("gate")
def command() -> None:
    """Check what is proposed: the gates a candidate must pass."""


command.add_command(list_command)
command.add_command(run_command)
