"""`kit redact`: take secrets out of a file or a stream, or check that there are none."""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from kit.cli import output
from kit.cli.edge import command as kit_command
from kit.errors import InvalidInput, NotFound, UsageError

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.safety.redactor import Redactor

SHOWN = 200


@kit_command("redact")
@click.argument("files", nargs=-1, metavar="[FILE|-]...", type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; name line and kind of each secret, exit 1 for any.")
@click.option("--report", is_flag=True, help="Say how many of each kind were taken out, also when it is none.")
@click.option("--format", "form", type=click.Choice(["text", "jsonl"]), help="How to read it; its beginning tells too.")
@click.option("--env-file", "env_files", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
              help="Variables whose values are secrets; the repository's .env is read anyway.")  # fmt: skip
def command(
    edge: Edge, *, files: tuple[Path, ...], check: bool, report: bool, form: str | None, env_files: tuple[Path, ...]
) -> None:
    r"""Write a file, or standard input, without the secrets and home folders that the rules know.

    Each secret becomes [REDACTED:kind] and each home folder ~. Of JSON Lines the string values are read, JSON in them
    too, and nothing else changes by a byte. Known are the shipped rules, those of kit.toml (redaction.rules, and
    redaction.allow for what is none), the values of telling variables of the environment and of .env, and what was
    found once. It reads a stream of any length; a record of more than 16 MB is read as text.

    What was taken out is counted on stderr, with --json as one object there. With --check nothing is written but line
    and kind of each secret, never the secret; home folders do not count then.

    \b
    Examples:
      kit redact session.jsonl > clean.jsonl
      some-command 2>&1 | kit redact - --format text
      kit redact --check notes.md config/*.yaml   # a pre-commit hook
    """
    from kit.safety import stream

    if len(files) > 1 and not check:
        raise UsageError("several files can only be checked", hint="kit redact --check FILE...")
    redactor = _redactor(edge, env_files)
    findings: list[dict[str, Any]] = []
    bytes_read = 0
    for file in files or (Path("-"),):
        opened = _open(file)
        try:
            head = stream.head_of(opened)
            form_here = form or stream.form_of(head)
            for part in stream.parts(head, opened, redactor, form=form_here):
                bytes_read += len(part.data)
                if check:
                    findings += [{"file": str(file), "line": line, "kind": kind} for line, kind in part.found if kind]
                else:
                    sys.stdout.buffer.write(part.data)
        finally:
            if opened is not sys.stdin.buffer:
                opened.close()
    if check:
        _print_findings(edge, findings, files=max(1, len(files)))
        return
    sys.stdout.flush()
    _tell(edge, redactor, is_asked=report)


def _print_findings(edge: Edge, findings: list[dict[str, Any]], *, files: int) -> None:
    counts = Counter(each["kind"] for each in findings)
    data = {"files": files, "secrets": len(findings), "counts": dict(counts), "findings": findings[:SHOWN],
            "left_out": max(0, len(findings) - SHOWN)}  # fmt: skip
    shown = [f"{output.clean(each['file'])}:{each['line']}: {each['kind']}" for each in findings[:SHOWN]]
    edge.print(data, "\n".join(shown))
    if len(findings) > SHOWN:
        edge.talk(f"{len(findings) - SHOWN} more are not shown")
    if findings:
        edge.talk(f"what looks like a secret: {output.counted(counts)}")
        edge.talk("replace each by a placeholder and revoke it; what is none: redaction.allow in kit.toml")
        raise SystemExit(1)


def _tell(edge: Edge, redactor: Redactor, *, is_asked: bool) -> None:
    if edge.as_json:
        import json

        edge.talk(json.dumps({"redacted": dict(redactor.counts), "homes": redactor.homes}))
    elif is_asked:
        rows = [[kind, count] for kind, count in sorted(redactor.counts.items())]
        edge.talk(output.table(["kind", "count"], [*rows, ["(home folders)", redactor.homes]]))
    elif redactor.counts:
        edge.talk(f"redacted: {output.counted(redactor.counts)}")


def _redactor(edge: Edge, env_files: tuple[Path, ...]) -> Redactor:
    from kit import config
    from kit.safety.redact import redactor

    given = [_read(file) for file in env_files]
    home = os.path.expanduser("~")  # noqa: PTH111 - Path.home() fails where there is none
    try:
        repository = edge.repository
    except NotFound:
        return redactor(config.defaults(), environment=edge.environment, env_files=given, home=home)
    return repository.redactor_of(home=home, env_files=given)


def _read(file: Path) -> bytes:
    from kit.store import plain_file

    return plain_file.read(file, limit=1_000_000)


def _open(file: Path) -> BinaryIO:
    if str(file) == "-":
        return sys.stdin.buffer
    try:
        return file.open("rb")
    except FileNotFoundError:
        raise NotFound(f"there is no {file}", hint="name a file, or - for standard input", value=str(file)) from None
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror}", hint="name a file", value=str(file)) from None
