"""`kit schema`: print the JSON Schema of a type."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.edge import command as kit_command
from kit.cli.types import known

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("schema")
@click.argument("type_name", metavar="TYPE")
def command(edge: Edge, *, type_name: str) -> None:
    r"""Print the JSON Schema of a type: every field and section, with its meaning and examples.

    It validates the projection of a file: {meta, sections, headings, links, body}.

    \b
    Examples:
      kit schema block
      kit schema block --json | jq .properties.meta.required
    """
    from kit.memory import show
    from kit.records import strict_json

    declared = show.declared_type(known(edge), type_name)
    schema = declared.schema if declared else {}
    edge.print(schema, lambda: output.lines(strict_json.dump(schema).decode()))
