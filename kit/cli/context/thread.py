"""What the verbs of `kit context` have in common: which thread is meant, who redacts, how what waits is told."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from kit.cli import output

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.cli.edge import Edge
    from kit.context.cleaning import Redactor
    from kit.context.entry import Entry
    from kit.errors import KitError

#: The option that names the thread where it is not the current one.
ON = click.option("--on", "on", default="", metavar="THREAD", help="The thread, if not the current one.")


def named(edge: Edge, on: str) -> str:
    """Returns the thread that is meant: --on, KIT_THREAD, or the one this instance works on."""
    from kit.context import current
    from kit.records import ids

    given = on or edge.environment.get("KIT_THREAD", "")
    return ids.check(given, what="thread") if given else current.get(edge.repository, edge.me.instance)


def redactor(edge: Edge) -> Redactor:
    """Returns the redactor of this project, which knows what the environment holds."""
    from kit.safety import redact

    return redact.redactor(edge.repository.config, environment=edge.environment, home=edge.environment.get("HOME", ""))


def random() -> str:
    """Eight random hex digits."""
    return os.urandom(4).hex()


def send(edge: Edge, thread: str) -> bool:
    """Sends what waits of a thread; says so where it cannot leave now, and returns whether it left."""
    from kit.context import send as sending

    waits = sending.send(edge.store, thread, author=edge.me.author(edge.now()))
    tell(edge, waits)
    return waits is None


def tell(edge: Edge, waits: KitError | None) -> None:
    if waits:
        edge.talk(f"not sent yet: {output.clean(waits.message)}")
        edge.talk("it waits here and leaves with a later kit context command or kit sync")


def tell_redacted(edge: Edge, counts: Mapping[str, int]) -> None:
    if counts:
        edge.talk(f"redacted: {output.counted(counts)}")


def line(each: Entry) -> list[object]:
    """Returns an entry as a row of a table."""
    tokens = each.tokens.count if each.tokens else 0
    mark = "" if each.priority == "normal" else each.priority
    return [each.id, each.role, each.kind, mark, tokens, output.head(each.text)]


def shown(each: Entry) -> str:
    """Returns an entry as text for people: its fields on one line, and its content below, indented."""
    fields = [each.id, each.role, each.kind, *([each.priority] if each.priority != "normal" else [])]
    fields += [f"{output.count(each.tokens.count, 'token')} ({each.tokens.by})"] if each.tokens else []
    fields += [f"edits {each.edits}"] if each.edits else []
    fields += [f"from {each.origin}"] if each.origin else []
    head = "  ".join(output.clean(field) for field in [*fields, f"by {each.agent}"])
    return f"{head}\n{output.lines(each.text, indent='    ')}"


def source(edge: Edge, word: str, on: str = "") -> tuple[str, str]:
    """Returns the thread and the revision in `THREAD`, `THREAD:REV`, or `REV` of the thread that is meant."""
    from kit.context import tip
    from kit.records import ids

    name, colon, rest = word.partition(":")
    if not ids.problem(name) and (colon or tip.tip(edge.store, name).oid) and not word.startswith("@"):
        return name, rest
    return named(edge, on), word


def content(edge: Edge, file: str, *, limit: int = 0) -> str:
    """Returns the text of a file, or of standard input for `-`, byte for byte; the limit is that of one entry.

    Raises InvalidInput when it cannot be read, is too large, or is no UTF-8.
    """
    from kit.context import entry
    from kit.errors import InvalidInput

    limit = limit or entry.MAX_TEXT
    try:
        return read(edge, file, limit=limit, hint="put it beside the thread: kit artifact put FILE").decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"byte {error.start} of {file} is not UTF-8", hint="write it in UTF-8") from None


def read(edge: Edge, file: str, *, limit: int, hint: str) -> bytes:
    """Returns the bytes of a file, or of standard input for `-`.

    Raises InvalidInput when it cannot be read, or has more than `limit` bytes; then `hint` says what to do.
    """
    from kit.errors import InvalidInput

    try:
        if file == "-":
            data = sys.stdin.buffer.read(limit + 1)
        else:
            with (edge.folder / file).open("rb") as opened:
                data = opened.read(limit + 1)
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror}", hint="name a file, or -") from None
    if len(data) > limit:
        raise InvalidInput(f"{file} has more than {limit} bytes", hint=hint, code="too_large")
    return data
