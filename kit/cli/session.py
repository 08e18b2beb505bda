"""`kit session`: transcripts of harnesses, redacted and kept in git."""

from __future__ import annotations

import importlib

import click

#: verb -> the module in which `<verb>_command` stands, imported when it is called.
VERBS = {
    "mirror": "session_mirror",
    "list": "session_list",
    "show": "session_show",
    "search": "session_search",
    "export": "session_show",
    "loops": "session_loops",
    "stop": "session_change",
    "compact": "session_change",
    "delete": "session_change",
    "link": "session_link",
}


class Verbs(click.Group):
    """The verbs of the table."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"kit.cli.{VERBS[cmd_name]}")
        found = getattr(module, f"{cmd_name}_command")
        assert isinstance(found, click.Command)  # noqa: S101 - every module of the table defines its verbs
        return found


@click.group("session", cls=Verbs)
def command() -> None:
    """Keep what agents' harnesses write down: redacted first, committed here, and sent only where kit.toml says so."""
