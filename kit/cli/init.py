"""`kit init`: make a repository a knowledge repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.workflows.init import Made


@kit_command("init")
@click.argument("folder", metavar="[DIR]", default=".")
@click.option("--root", default="", metavar="FOLDER", help="Where the knowledge stands in it (else at its top).")
@click.option("--remote", default="", metavar="NAME", help="The remote that decides who holds what (else origin).")
@click.option("--example", is_flag=True, help="Put the example's records in, to look at.")
def command(edge: Edge, *, folder: str, root: str, remote: str, example: bool) -> None:
    r"""Make a repository a knowledge repository: kit.toml, a folder with a README for each type, and .kit.

    DIR may be new, a repository, or a folder of one (where the knowledge stands then). What is there already is kept
    as it is, so it can be run again. Claims, messages and the like need none of this.

    \b
    Examples:
      kit init
      kit init ~/src/project --root kb
      kit init knowledge --example
    """
    from kit.workflows import init

    made = init.init(edge.folder / folder, environment=edge.environment, root=root, remote=remote, example=example)
    data = {
        "top": str(made.top),
        "root": made.root,
        "new_repository": made.is_new,
        "created": made.created,
        "kept": made.kept,
    }
    edge.print(data, lambda: _told(made))
    edge.talk("Next: kit new fact --dry-run, then commit what is there; kit types lists what can be written.")


def _told(made: Made) -> str:
    lines = [f"{output.paint('repository', 'green')} {output.clean(made.top)}"] if made.is_new else []
    lines += [f"{output.paint('created', 'green')} {output.clean(path)}" for path in made.created]
    return "\n".join([*lines, *(f"{output.paint('kept', 'dim')} {output.clean(path)}" for path in made.kept)])
