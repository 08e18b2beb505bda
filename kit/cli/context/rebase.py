"""`kit context rebase`: let what this thread has added come after all that another holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli.context import merge as words_of_merge
from kit.cli.context import step as steps
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("rebase")
@click.argument("onto", default="", metavar="[THREAD[:REV]]")
@click.option("--strategy", type=click.Choice(["ours", "theirs", "auto"]), default=None,
              help="Settle every conflict so; auto keeps edits, and of two the later.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Refuse where the new order means something else.")
@click.option("--dry-run", is_flag=True, help="Only say what would move, and what that changes.")
@steps.options
@words.ON
def command(
    edge: Edge, *, onto: str, strategy: str | None, strict: bool, dry_run: bool, on: str, autonomy: str | None,
    propose: bool,
) -> None:  # fmt: skip
    r"""Bring in what another thread holds (its parent, unless named), and put what this one has added behind it.

    It is one commit with two parents: the ref goes forward, and what stood before stays in the history. Entries keep
    their ids and their words; only their times change. Conflicts are those of kit context merge, and wait in the same
    way: kit context resolve, then kit context merge --continue, or --abort.

    \b
    Named where the new order means something else:
      answer-without-instruction   it was said without an instruction that now stands before it
      answer-parted-from-question  another question now stands between it and its own
      edit-beside-edit             both sides have edited the same entry

    \b
    Examples:
      kit context rebase
      kit context rebase main --dry-run
      kit context rebase main:green --strict
    """
    from kit.context import operation, thread
    from kit.errors import InvalidInput

    name = words.named(edge, on)
    if not onto:
        parent = thread.read(edge.store, name).record.parent
        if parent is None:
            raise InvalidInput(f"{name} has no parent", hint="kit context rebase THREAD", code="no_parent")
        onto = parent.thread
    step = words_of_merge.step_of(
        edge, "rebase", name, onto, strategy or "", more=operation.STRICT if strict else None
    )  # fmt: skip
    if dry_run:
        words_of_merge.preview(edge, step)
    else:
        words_of_merge.take(edge, step, autonomy=autonomy, propose=propose)
