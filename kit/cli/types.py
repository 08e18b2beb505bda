"""`kit types`: list the record types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.cli import output
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("types")
def command(edge: Edge) -> None:
    r"""List the record types: those of kit, and those that the project's schemas/ declare.

    Reviewed records are files that people change by pull request; live ones are written by the command named.

    \b
    Examples:
      kit types
      kit types --json
    """
    from kit.store import knowledge

    known = knowledge.in_work_tree(edge.repository)
    for path, error in known.problems.items():
        edge.talk(f"{output.paint('not used:', 'yellow')} {output.clean(f'{path}: {error.message}')}")
    types = sorted(known.types.values(), key=lambda each: (not each.is_reviewed, each.name))
    data = [
        {"name": each.name, "plane": each.kit["plane"], "path": each.path, "description": each.description,
         "made_by": each.made_by or f"kit new {each.name}", "is_recalled": each.is_recalled}
        for each in types
    ]  # fmt: skip
    rows = [[each["name"], each["plane"], each["path"], each["made_by"], each["description"]] for each in data]
    edge.print({"types": data}, lambda: output.table(["type", "plane", "path", "written by", "what it is"], rows))
