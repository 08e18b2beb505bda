"""`kit completion`: print the shell completion script."""

from __future__ import annotations

import click

from kit.cli.edge import Edge
from kit.cli.edge import command as kit_command


@kit_command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(edge: Edge, *, shell: str) -> None:
    r"""Print the script that completes kit's words in your shell.

    \b
    Examples:
      eval "$(kit completion bash)"
      kit completion fish > ~/.config/fish/completions/kit.fish
    """
    from click.shell_completion import get_completion_class

    from kit.cli import kit

    found = get_completion_class(shell)
    assert found is not None  # noqa: S101 - the choices are click's own shells
    script = found(kit, {}, "kit", "_KIT_COMPLETE").source()
    edge.print({"shell": shell, "script": script}, script)
