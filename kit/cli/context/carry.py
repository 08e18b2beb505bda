"""`kit context import`, `export`, `load` and `gc`: what comes into a thread from elsewhere, and what leaves it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command
from kit.cli.session_show import Range
from kit.cli.words import Duration

if TYPE_CHECKING:
    from kit.cli.edge import Edge

DAY = 86400.0


@kit_command("import")
@click.option("--session", required=True, metavar="ID", help="A mirrored session: kit session list shows them.")
@click.option("--turns", type=Range(), metavar="A:B", help="Only these turns, counted from 1.")
@words.ON
def import_command(edge: Edge, *, session: str, turns: tuple[int, int | None] | None, on: str) -> None:
    r"""Add what happened in a mirrored session to a thread, in one commit, each entry with the line it comes from.

    Reasoning, what was rewound and what sub-agents did come too, but skipped; what kit does not know is left out and
    counted. A text too long for an entry loses its middle, and says how much and where it is whole.

    \b
    Examples:
      kit context import --session 0a0314fb
      kit context import --session claude-code/0a0314fb --turns 3:7
    """
    from kit.workflows import import_session

    thread = words.named(edge, on)
    done = import_session.import_session(
        edge.store, thread, session, turns=turns, author=edge.me.author(edge.now()), random=words.random,
        redactor=words.redactor(edge),
    )  # fmt: skip
    is_sent = words.send(edge, thread)
    data = {"thread": thread, "session": done.session, "commits": list(done.commits), "count": done.total,
            "kinds": dict(done.kinds), "left_out": dict(done.left_out), "shortened": done.shortened,
            "first": done.first, "last": done.last, "sent": is_sent, "redacted": dict(done.redacted)}  # fmt: skip
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(done.kinds.items()))
    edge.print(data, f"imported {done.total} entries from {done.session}: {told}")
    if done.left_out:
        edge.talk(f"left out: {output.counted(done.left_out)}")
    if done.shortened:
        edge.talk(f"shortened: {output.count(done.shortened, 'text')}")
    words.tell_redacted(edge, done.redacted)


@kit_command("export")
@click.argument("file", metavar="FILE|-")
@click.option("--jsonl", is_flag=True, help="The entries as one JSON object a line, without their history.")
@click.option("--at", default="", metavar="REV", help="With --jsonl: as it stood then.")
@words.ON
def export_command(edge: Edge, *, file: str, jsonl: bool, at: str, on: str) -> None:
    r"""Write a thread with its whole history to a file: a git bundle, which kit context load and git itself can read.

    \b
    Examples:
      kit context export parser.bundle
      kit context export --jsonl - | head -1
    """
    from kit.context import bundle, thread
    from kit.errors import NotWritten, UsageError

    name = words.named(edge, on)
    if at and not jsonl:
        raise UsageError("a bundle holds the whole history", hint="--at goes with --jsonl")
    if jsonl:
        state = thread.read(edge.store, name, at, now=edge.now())
        lines = [json.dumps(each.record(), ensure_ascii=False) + "\n" for each in state.entries]
        data = "".join(lines).encode()
    else:
        data = bundle.export(edge.store, name)
    if file == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    try:
        (edge.folder / file).write_bytes(data)
    except OSError as error:
        raise NotWritten(f"{file} cannot be written: {error.strerror}", hint="name another file") from None
    edge.print({"thread": name, "file": file, "bytes": len(data)}, f"wrote {name} to {file}, {len(data)} bytes")


@kit_command("load")
@click.argument("file", metavar="FILE|-")
@click.option("--as", "name", default="", metavar="THREAD", help="Under another name.")
def load_command(edge: Edge, *, file: str, name: str) -> None:
    r"""Take a thread in from a bundle; one of that name that is here already is joined with it, and nothing is lost.

    \b
    Examples:
      kit context load parser.bundle
      kit context load parser.bundle --as parser-of-ben
    """
    from kit.context import bundle

    data = words.read(edge, file, limit=bundle.MAX_BYTES, hint="git fetch can read it")
    done = bundle.load(edge.store, data, name=name, author=edge.me.author(edge.now()), redactor=words.redactor(edge))
    is_sent = words.send(edge, done.thread)
    told = {"thread": done.thread, "commit": done.commit, "joined": done.was_joined, "sent": is_sent}
    edge.print(told, f"{'joined' if done.was_joined else 'loaded'} {done.thread} at {done.commit[:10]}")


@kit_command("gc")
@click.option("--older", type=Duration(), default=30 * DAY, metavar="AGE", help="Deleted so long ago; 30d unless told.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
def gc_command(edge: Edge, *, older: float, dry_run: bool) -> None:
    r"""Remove threads that were deleted long ago, and what was set aside of threads; pack what is loose here.

    Nothing goes that a thread still reaches, entries that were edited, skipped or reset away among it.

    \b
    Examples:
      kit context gc --dry-run
      kit context gc --older 7d
    """
    from kit.context import gc

    done = gc.gc(edge.store, author=edge.me.author(edge.now()), older=older, dry_run=dry_run)
    data = {"threads": list(done.threads), "aside": list(done.aside), "dry_run": dry_run,
            "failure": done.failure.message if done.failure else None, "unpacked": done.unpacked or None}  # fmt: skip
    verb = "would remove" if dry_run else "removed"
    count = len(done.threads) + len(done.aside)
    edge.print(data, f"{verb} {output.some([*done.threads, *done.aside], 20)}" if count else "nothing to remove")
    if done.failure:
        edge.talk(f"not all: {output.clean(done.failure.message)}")
    if done.unpacked:
        edge.talk(f"not packed: {output.clean(done.unpacked)}")
