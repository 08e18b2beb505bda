"""Measures what every command pays: start-up, beside a minimal click command."""

from __future__ import annotations

from typing import Any

from bench.process import KIT, PYTHON, figure, medians

_CLICK = "import click\n@click.command()\ndef main(): click.echo('hello')\nmain()"


def figures(smoke: bool) -> list[dict[str, Any]]:
    """Returns the figures of start-up."""
    floor, kit = medians([[*PYTHON, "-c", _CLICK], [*KIT, "--help"]], runs=2 if smoke else 25)
    return [figure("kit --help", kit, floor=floor, floor_name="a minimal click command", bar=1.5 * floor)]
