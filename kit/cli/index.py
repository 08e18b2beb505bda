"""`kit index`: look at, rebuild or drop the search index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("status")
def status(edge: Edge) -> None:
    r"""Show what the index of the reviewed branch holds, and whether it is up to date.

    \b
    Examples:
      kit index status --json
    """
    from kit.memory import recall, source

    found = source.reviewed(edge.repository)
    state = recall.open_index(edge.repository, found).status()
    is_current = state.tree_id == found.tree_id
    told = {"source": found.name, "current": is_current, "documents": state.documents, "bytes": state.bytes,
            "generation": state.generation, "segments": state.segments}  # fmt: skip
    word = "up to date" if is_current else "will be brought up to date by the next kit recall"
    size = f"{state.bytes} bytes in {state.segments} segments"
    edge.print(told, f"{state.documents} records of {output.clean(found.name)}, {size}, {word}")


@kit_command("rebuild")
def rebuild(edge: Edge) -> None:
    r"""Build the index of the reviewed branch anew.

    Never needed for a right answer: a damaged or old index is noticed and rebuilt by kit recall.

    \b
    Examples:
      kit index rebuild
    """
    from kit.memory import recall, source

    found = source.reviewed(edge.repository)
    index = recall.open_index(edge.repository, found)
    index.drop()
    for note in recall.refresh(index, found):
        edge.talk(output.clean(note))
    state = index.status()
    edge.print({"source": found.name, "documents": state.documents}, f"{state.documents} records indexed")


@kit_command("drop")
def drop(edge: Edge) -> None:
    r"""Delete the index; the next kit recall builds it again.

    \b
    Examples:
      kit index drop
    """
    from kit.memory import recall, source

    recall.open_index(edge.repository, source.reviewed(edge.repository)).drop()
    edge.print({"dropped": True}, "the index is dropped")


@click.group("index")
def command() -> None:
    """Look at, rebuild or drop the search index."""


for _each in (status, rebuild, drop):
    command.add_command(_each)
