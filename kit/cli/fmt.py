"""`kit fmt`: write records in canonical form."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.edge import command as kit_command
from kit.errors import NotFound

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.errors import InvalidInput


@kit_command("fmt")
@click.argument("paths", nargs=-1, metavar="[PATH...]")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if something would change.")
@click.option("--diff", is_flag=True, help="Print what changes.")
def command(edge: Edge, *, paths: tuple[str, ...], check: bool, diff: bool) -> None:
    r"""Write records in canonical form: all of them, or those at and below the paths.

    Fields stand in the schema's order, one a line, quoted where a reader could err; line ends are LF. What a record
    says does not change. Front matter with comments keeps them, and the order of its fields. A file that cannot be
    read stays as it is and is named; the exit status is 1 then.

    \b
    Examples:
      kit fmt
      kit fmt --check --diff blocks/
      kit fmt facts/git-tags.md
    """
    from kit.memory import fmt
    from kit.store import knowledge

    known = knowledge.in_work_tree(edge.repository)
    wanted = [edge.below_top(path) for path in paths]
    for path in wanted:
        if not os.path.lexists(edge.repository.top / path):
            raise NotFound(f"there is no {path}", hint="name a file or a folder", value=path)
    places = fmt.within(known, wanted)
    formed = fmt.fmt(known, places)
    if not check:
        fmt.write(edge.repository.top, formed)
    done = "would change" if check else "changed"
    for path, error in formed.unread.items():
        edge.talk(_told(path, error))
    lines = [f"{done}: {output.clean(each.path)}" for each in formed.changes]
    if diff:
        lines = [output.diff(each.path, each.before or b"", each.after or b"") for each in formed.changes]
    data = {
        "records": len(places),
        "changed": [each.path for each in formed.changes],
        "written": not check,
        "unread": [{"path": path, "message": error.message, **error.details} for path, error in formed.unread.items()],
    }
    edge.print(data, "\n".join(lines))
    edge.talk(f"{len(places)} records looked at, {len(formed.changes)} {done}, {len(formed.unread)} not readable")
    if formed.unread or (check and formed.changes):
        raise SystemExit(1)


def _told(path: str, error: InvalidInput) -> str:
    where = f"{path}:{error.details.get('line', 1)}:{error.details.get('column', 1)}"
    fix = f" ({error.hint})" if error.hint else ""
    return output.clean(f"{where}: {error.message}{fix}")
