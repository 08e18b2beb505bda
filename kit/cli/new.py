"""`kit new`: write a new record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from typing import BinaryIO

    from kit.cli.edge import Edge


@kit_command("new")
@click.argument("type_name", metavar="TYPE")
@click.option("--title", metavar="TEXT", help="The title; the id is made of it.")
@click.option("--set", "words", multiple=True, metavar="NAME=VALUE", help="A field, a.b of fields, or a section.")
@click.option("--from", "source", type=click.File("rb"), metavar="FILE", help="Markdown or JSON; - is standard input.")
@click.option("--dry-run", is_flag=True, help="Print the record, write nothing.")
def command(
    edge: Edge, *, type_name: str, title: str | None, words: tuple[str, ...], source: BinaryIO | None, dry_run: bool
) -> None:
    r"""Write a new record from its template into the work tree, valid, or say all that is missing.

    Lists are given by commas, by lines for a section, or as JSON. What --from gives is kept, the rest comes from the
    template. A record begins as a draft, which is not recalled: say --set status=stable when it is not one, and let
    it be reviewed. Nothing is ever overwritten.

    \b
    Examples:
      kit new fact --title "Tags move only by force" --set "description=When a release is tagged twice." \
          --set tags=git,release --set "Evidence=git tag -f"
      kit new block --from notes.md --set applies_to.languages=python
      kit new block --dry-run --json < /dev/null
    """
    from kit.memory import given, new
    from kit.store import knowledge
    from kit.workflows.new import reviewed_type

    known = knowledge.in_work_tree(edge.repository)
    declared = reviewed_type(known, type_name)
    wish = given.read(source.read(), declared) if source else given.Given()
    given.add(wish, [*([f"title={title}"] if title else []), *words], declared)
    made = new.new(known, declared, wish, by=edge.actor, now=edge.now(), redactor=edge.repository.redactor)
    if not dry_run:
        new.write(edge.repository.top, made)
    for each in made.warnings:
        edge.talk(f"{output.paint('warning:', 'yellow')} {output.clean(f'{each.message} ({each.fix})')}")
    text = made.record.dump().decode()
    status = made.record.meta.get("status", "")
    if status == "draft" and not edge.as_json:
        edge.talk("It is a draft: not recalled before someone sets its status to stable and it is reviewed.")
    data = {
        "path": made.path,
        "id": made.record.id,
        "type": made.record.type,
        "status": status,
        "written": not dry_run,
        "warnings": [each.to_json() for each in made.warnings],
    }
    edge.print(data | ({"text": text} if dry_run else {}), lambda: output.lines(text) if dry_run else made.path)
