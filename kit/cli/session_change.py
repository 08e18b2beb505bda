"""`kit session stop`, `compact` and `delete`: what is done to a mirrored session as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("stop")
@click.argument("session", metavar="ID")
def stop_command(edge: Edge, *, session: str) -> None:
    r"""Say that a session has ended; mirroring it again takes that back.

    \b
    Examples:
      kit session stop 0a0314fb
    """
    from kit.sessions import change, trace

    found = trace.find(edge.store, session)
    change.stop(edge.store, found, author=edge.me.author(edge.now()))
    edge.print(
        {"session": found.name, "ended": True}, f"{found.name} has ended, {output.count(found.record.lines, 'line')}"
    )


@kit_command("compact")
@click.argument("session", metavar="ID")
def compact_command(edge: Edge, *, session: str) -> None:
    r"""Write the parts of a session anew as few, each as large as [sessions] max_part allows.

    Mirroring joins small parts by itself; this joins the rest. No line changes its number, so addresses stay right.

    \b
    Examples:
      kit session compact 0a0314fb
    """
    from kit.sessions import change, trace
    from kit.sessions.mirror import Settings

    config = edge.repository.config
    limit = Settings(int(config.number("sessions.max_part")), int(config.number("sessions.max_session"))).part
    found = trace.find(edge.store, session)
    done = change.compact(edge.store, found, limit=limit, author=edge.me.author(edge.now()))
    edge.print({"session": found.name, **done._asdict()},
               f"{found.name}: {output.count(done.before, 'part')} before, {done.after} now")  # fmt: skip


@kit_command("delete")
@click.argument("session", metavar="ID")
def delete_command(edge: Edge, *, session: str) -> None:
    r"""Remove a mirrored session from this repository.

    Its objects stay in git until git removes what nothing reaches; kit purge --session removes them too. A remote that
    holds the session keeps it, and it is said how to remove it there. The transcript of the harness is not touched.

    \b
    Examples:
      kit session delete 0a0314fb
    """
    from kit.sessions import change, trace

    found = trace.find(edge.store, session)
    remotes = trace.remotes(edge.store).get(found.ref, {})
    gone = change.delete(edge.store, found)
    prefix = edge.repository.config.text("live.prefix")
    steps = [f"git push {name} --delete {prefix}/{found.ref}" for name in remotes]
    edge.print({"session": found.name, "deleted": gone, "remotes": list(remotes), "steps": steps},
               f"deleted {found.name} here")  # fmt: skip
    for name, step in zip(remotes, steps, strict=True):
        edge.talk(f"{output.clean(name)} still holds it, and every clone that fetched it: {output.clean(step)}")
