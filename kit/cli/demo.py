"""`kit demo`: play the whole loop on a real remote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("demo")
@click.option("--keep", is_flag=True, help="Leave the folder for you to look at.")
def command(edge: Edge, *, keep: bool) -> None:
    r"""Play the main job for real, in a temporary folder, and check every step.

    A bare remote, two agents with a clone each, a race for one task, the loser told who holds it, work, a handoff, a
    recall from reviewed records, a message; then a session with secrets in it that is mirrored without them, distilled,
    promoted, approved by a person, merged and recalled; and a validation that finds a broken file. Takes some seconds,
    needs no network, leaves nothing behind, and exits non-zero if anything was not as it should be.

    \b
    Examples:
      kit demo
      kit demo --keep
    """
    from kit.cli import tour

    steps = tour.play(given=edge.environment, keep=keep, tell=edge.talk if edge.as_json else output.write)
    edge.print({"steps": steps, "ok": True}, output.paint(f"all {steps} steps were as they should be", "green"))
