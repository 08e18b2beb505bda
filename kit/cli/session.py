"""`kit session`: what an agent went through, and what it led to."""

from __future__ import annotations

import click

from kit.cli import session_link


@click.group("session")
def command() -> None:
    """Mirror, search and link the sessions of agents."""


command.add_command(session_link.command)
