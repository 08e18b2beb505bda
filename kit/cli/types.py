"""`kit types`: list the record types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.cli import output
from kit.cli.edge import command as kit_command
from kit.errors import NotFound

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.records.record_type import RecordType


@kit_command("types")
def command(edge: Edge) -> None:
    r"""List the record types: those of kit, and those that the project's schemas/ declare.

    Reviewed records are files that people change by pull request; live ones are written by the command named.

    \b
    Examples:
      kit types
      kit types --json
    """
    types = sorted(known(edge).values(), key=lambda each: (not each.is_reviewed, each.name))
    data = [
        {"name": each.name, "plane": each.kit["plane"], "path": each.path, "description": each.description,
         "made_by": each.made_by or f"kit new {each.name}", "is_recalled": each.is_recalled}
        for each in types
    ]  # fmt: skip
    rows = [[each["name"], each["plane"], each["path"], each["made_by"], each["description"]] for each in data]
    edge.print({"types": data}, lambda: output.table(["type", "plane", "path", "written by", "what it is"], rows))


def known(edge: Edge) -> dict[str, RecordType]:
    """Returns the types that hold here, outside a repository those of kit; says which schemas declare none."""
    from kit.records import record_type
    from kit.store import knowledge

    try:
        found = knowledge.in_work_tree(edge.repository)
    except NotFound:
        return record_type.shipped()
    for path, error in found.problems.items():
        edge.talk(f"{output.paint('not used:', 'yellow')} {output.clean(f'{path}: {error.message}')}")
    return found.types
