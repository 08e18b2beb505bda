"""`kit artifact`: files beside the work."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.edge import command as kit_command
from kit.errors import UsageError

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.coordination.artifact import Put
    from kit.coordination.artifact_record import Artifact

_TASK = click.option("--task", default="", metavar="TASK", help="The task it belongs to; else it is shared by all.")


@kit_command("put")
@click.argument("file", type=click.Path(path_type=Path))
@_TASK
@click.option("--name", default="", metavar="NAME", help="What to ask for it by; else the file's name.")
@click.option("--redact", is_flag=True, help="Take out what looks like a secret, rather than refuse.")
def put(edge: Edge, *, file: Path, task: str, name: str, redact: bool) -> None:
    r"""Put a file beside the work, as the next version of its name.

    Only a regular file, of no more bytes than artifacts.max_size in kit.toml. What holds something that looks like a
    secret is refused with exit status 7, kind and line named. Older versions stay.

    \b
    Examples:
      kit artifact put coverage.html
      kit artifact put build/report.json --task parser --name report.json
    """
    from kit.coordination import artifact
    from kit.store import plain_file

    riders = edge.say_here()
    data = plain_file.read(file, limit=artifact.limit_of(edge.store))
    done = artifact.put(
        edge.store, data, name=name or file.name, task=task, me=edge.me, now=edge.now(), redact=redact, riders=riders
    )
    _print_put(edge, done)
    if task:
        edge.renew(task)


@kit_command("get")
@click.argument("name")
@_TASK
@click.option("-o", "--output", "out", default="", metavar="OUT|-", help="Where to write it; else NAME in this folder.")
@click.option("--version", type=click.IntRange(1), metavar="V", help="An older version, not the last.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def get(edge: Edge, *, name: str, task: str, out: str, version: int | None, force: bool) -> None:
    r"""Get an artifact into a file, or with -o - to standard output.

    Size and checksum are verified before anything is written; a file that is there is kept, unless --force is given.

    \b
    Examples:
      kit artifact get coverage.html
      kit artifact get report.json --task parser -o - | jq .
    """
    from kit.coordination import artifact, artifact_record
    from kit.store import plain_file

    if out == "-" and edge.as_json:
        raise UsageError("standard output cannot hold both the file and JSON", hint="name a file with -o")
    is_fetched = edge.fetch(artifact_record.ref_of(task))
    found, data = artifact.get(edge.store, name, task=task, version=version)
    if out == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    file = Path(out or name)
    plain_file.write(file, data, force=force)
    edge.print(
        {**found.record(), "file": str(file), "fetched": is_fetched},
        f"{output.clean(file)}: {name} version {found.version} by {found.holder.agent}, {found.size} bytes",
    )


@kit_command("list")
@_TASK
@click.option("--limit", type=click.IntRange(0), default=100, show_default=True, metavar="N", help="How many; 0: all.")
def list_command(edge: Edge, *, task: str, limit: int) -> None:
    r"""List the artifacts of a task, or those shared by all and the tasks that have some.

    \b
    Examples:
      kit artifact list
      kit artifact list --task parser --json
    """
    from kit.coordination import artifact, artifact_record

    is_fetched = edge.fetch(artifact_record.ref_of(task))
    broken: list[str] = []
    found = artifact.known(edge.store, task=task, broken=broken)
    shown = found[:limit] if limit else found
    tasks = [] if task else artifact.scopes(edge.store, ask=is_fetched)
    data = {"artifacts": [each.record() for each in shown], "more": len(found) - len(shown), "tasks": tasks,
            "fetched": is_fetched, "broken": broken}  # fmt: skip
    edge.print(data, lambda: _table(edge, shown) if shown else "")
    if broken:
        edge.talk(output.unread(broken))
    if len(shown) < len(found):
        edge.talk(f"{len(found) - len(shown)} more: --limit 0")
    elif not found:
        edge.talk("no artifacts" + (f" of task {task}" if task else " shared by all"))
    if tasks:
        more = f" and {len(tasks) - 10} more" if len(tasks) > 10 else ""
        edge.talk(f"tasks with artifacts: {', '.join(tasks[:10])}{more} (kit artifact list --task {tasks[0]})")


@click.group("artifact")
def command() -> None:
    """Share files beside the work; checksums are verified and every version is kept."""


for verb in (put, get, list_command):
    command.add_command(verb)


def _print_put(edge: Edge, done: Put) -> None:
    new, old = done.artifact, done.replaced
    data = {**new.record(), "replaced": old.record() if old else None, "redacted": dict(done.redacted)}
    was = f"replaced version {old.version} by {old.holder.agent}, which stays: --version {old.version}" if old else ""
    edge.print(data, "\n".join(filter(None, [f"put {new.name}, version {new.version}, {new.size} bytes", was])))
    if done.redacted:
        edge.talk(f"redacted: {output.counted(done.redacted)}")


def _table(edge: Edge, shown: list[Artifact]) -> str:
    from kit.records import times

    now = edge.now()
    rows = [(each.name, each.version, each.size, each.holder.agent, times.ago(each.at, now)) for each in shown]
    return output.table(("name", "version", "bytes", "by", "when"), rows)
