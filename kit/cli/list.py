"""`kit list`: list records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("list")
@click.argument("type_name", metavar="[TYPE]", default="")
@click.option("--where", multiple=True, metavar="FIELD=VALUE", help="Only where this holds; a.b goes into a mapping.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only with this tag.")
@click.option("--rev", default="", metavar="REV", help="The records of this commit, not of the work tree.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="At most so many.")
@click.option("--all", "everything", is_flag=True, help="All of them.")
def command(
    edge: Edge, *, type_name: str, where: tuple[str, ...], tags: tuple[str, ...], rev: str, limit: int, everything: bool
) -> None:
    r"""List the records of the work tree, or of a commit, in the order of their paths.

    Of a field that is a list, one item must be the value. An empty value means that the field is absent.

    \b
    Examples:
      kit list
      kit list block --tag git --where status=draft
      kit list --where applies_to.languages=python --all --json
    """
    from kit.memory import list as listing
    from kit.store import knowledge

    known = knowledge.at(edge.repository, rev) if rev else knowledge.in_work_tree(edge.repository)
    found = listing.list_records(known, type_name=type_name, where=where, tags=tags)
    shown = found.records if everything else found.records[:limit]
    cut = len(found.records) - len(shown)
    for path, problem in [*found.unread.items(), *((path, error.message) for path, error in known.problems.items())]:
        edge.talk(f"{output.paint('unread:', 'yellow')} {output.clean(known.full(path))}: {output.clean(problem)}")
    records = [
        {"type": each.type, "id": each.id, "path": known.full(each.path), "title": each.meta.get("title", ""),
         "status": each.meta.get("status", ""), "tags": each.meta.get("tags", [])}
        for each in shown
    ]  # fmt: skip
    data = {
        "records": records,
        "matched": len(found.records),
        "cut": cut,
        "unread": [{"path": known.full(path), "message": message} for path, message in found.unread.items()],
    }
    rows = [[each["type"], each["id"], each["status"] or "stable", each["title"]] for each in records]
    edge.print(data, lambda: output.table(["type", "id", "status", "title"], rows) if rows else "")
    if cut:
        edge.talk(f"{cut} more of {len(found.records)}: add --all or --limit {len(found.records)}")
    elif not shown:
        edge.talk(f"no record in the {known.tree.name} matches")
