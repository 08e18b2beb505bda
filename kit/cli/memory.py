"""`kit memory`: values under dotted keys."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from kit.cli import output
from kit.cli.edge import command as kit_command
from kit.cli.words import text_or_stdin

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.memory.keys import Written
    from kit.memory.value import Value

_IF_VERSION = click.option(
    "--if-version",
    type=click.IntRange(0),
    metavar="V",
    help="Only if this is the version now; 0: only if there is none.",
)


@kit_command("set")
@click.argument("key")
@click.argument("text", metavar="VALUE|-")
@click.option("--json-value", "is_json", is_flag=True, help="The value is JSON, not text.")
@_IF_VERSION
def set_command(edge: Edge, *, key: str, text: str, is_json: bool, if_version: int | None) -> None:
    r"""Set a key to a value, as its next version.

    The later of two writers wins and is told what it has replaced, which stays in the history. With --if-version the
    value is set only if nobody has set it since: exit status 6 names the version now and its author. A value of - is
    read from standard input; the limit is 64 KiB. What looks like a secret is taken out, and that is said.

    \b
    Examples:
      kit memory set build.cache-dir /var/cache/build
      kit memory set deploy.plan --json-value '{"order": ["db", "web"]}' --if-version 3
      kit memory set notes.parser - < notes.txt
    """
    from kit.memory import keys, value

    riders = edge.say_here()
    written = keys.set_value(
        edge.store, key, text_or_stdin(text, limit=value.MAX_BYTES), author=edge.me.author(edge.now()),
        nonce=edge.nonce(), is_json=is_json, if_version=if_version, riders=riders,
    )  # fmt: skip
    _print_written(edge, written)


@kit_command("get")
@click.argument("key")
@click.option("--version", type=click.IntRange(1), metavar="V", help="An older version, not the last.")
@click.option("--with-meta", is_flag=True, help="Print JSON: value, version, author and time.")
def get_command(edge: Edge, *, key: str, version: int | None, with_meta: bool) -> None:
    r"""Print the bare value of a key: text as it is, anything else as JSON.

    \b
    Examples:
      kit memory get build.cache-dir
      kit memory get build.cache-dir --version 2 --with-meta
    """
    from kit.memory import keys, value

    is_fetched = edge.fetch(value.ref_of(key))
    found = keys.get(edge.store, key, version=version)
    if with_meta or edge.as_json:
        output.write_json({**_shown(found), "value": found.value, "fetched": is_fetched})
    else:
        # A terminal must not obey a value; a program that reads it gets every byte.
        output.write(output.lines(found.text) if output.is_person() else found.text)


@kit_command("list")
@click.argument("prefix", default="")
@click.option("--limit", type=click.IntRange(0), default=100, show_default=True, metavar="N", help="How many; 0: all.")
def list_command(edge: Edge, *, prefix: str, limit: int) -> None:
    r"""List the keys that begin with PREFIX, with version, author and the beginning of the value.

    \b
    Examples:
      kit memory list
      kit memory list build. --json
    """
    from kit.memory import keys

    is_fetched = edge.fetch(keys.refs_of(prefix))
    broken: list[str] = []
    found = keys.known(edge.store, prefix, broken)
    shown = found[:limit] if limit else found
    data = {"keys": [{**_shown(each), "preview": output.head(each.text)} for each in shown],
            "more": len(found) - len(shown), "fetched": is_fetched, "broken": broken}  # fmt: skip
    edge.print(data, lambda: _table(edge, shown, with_key=True) if shown else "")
    if broken:
        edge.talk(output.unread(broken))
    if len(shown) < len(found):
        edge.talk(f"{len(found) - len(shown)} more: kit memory list {prefix} --limit 0")
    elif not found:
        edge.talk("no keys" + (f" begin with {prefix}" if prefix else ""))


@kit_command("history")
@click.argument("key")
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, metavar="N", help="How many; 0: all.")
def history_command(edge: Edge, *, key: str, limit: int) -> None:
    r"""List the versions of a key, the newest first, with their authors.

    \b
    Examples:
      kit memory history build.cache-dir
      kit memory history build.cache-dir --limit 0 --json
    """
    from kit.errors import NotFound
    from kit.memory import keys, value

    is_fetched = edge.fetch(value.ref_of(key))
    found = list(islice(keys.history(edge.store, key), limit + 1 if limit else None))
    if not found:
        raise NotFound(f"there is no key {key!r}", hint="kit memory list shows the keys", value=key)
    shown = found[:limit] if limit else found
    versions = [{**_shown(each), "value": each.value, "deleted": each.is_deleted} for each in shown]
    edge.print({"versions": versions, "more": len(found) > len(shown), "fetched": is_fetched},
               lambda: _table(edge, shown, with_key=False))  # fmt: skip
    if len(found) > len(shown):
        edge.talk(f"older ones: kit memory history {key} --limit 0")


@kit_command("delete")
@click.argument("key")
@_IF_VERSION
def delete_command(edge: Edge, *, key: str, if_version: int | None) -> None:
    r"""Delete a key: a last version says so, and those before it stay readable.

    \b
    Examples:
      kit memory delete build.cache-dir
      kit memory delete build.cache-dir --if-version 4
    """
    from kit.memory import keys

    riders = edge.say_here()
    written = keys.delete(
        edge.store, key, author=edge.me.author(edge.now()), nonce=edge.nonce(), if_version=if_version, riders=riders
    )
    _print_written(edge, written)


@click.group("memory")
def command() -> None:
    """Share values under dotted keys; every version is kept with its author."""


for verb in (set_command, get_command, list_command, history_command, delete_command):
    command.add_command(verb)


def _print_written(edge: Edge, written: Written) -> None:
    new, old = written.value, written.replaced
    data = {**_shown(new), "deleted": new.is_deleted, "replaced": {**_shown(old), "value": old.value} if old else None,
            "redacted": dict(written.redacted)}  # fmt: skip
    verb = "deleted" if new.is_deleted else "set"
    was = f'replaced version {old.version} by {old.agent}: "{output.head(old.text)}"' if old else ""
    edge.print(data, "\n".join(filter(None, [f"{verb} {new.key}, version {new.version}", was])))
    if written.redacted:
        edge.talk(f"redacted: {output.counted(written.redacted)}")


def _shown(each: Value) -> dict[str, Any]:
    from kit.records import times

    return {"key": each.key, "version": each.version, "agent": each.agent, "instance": each.instance,
            "at": times.stamp(each.at)}  # fmt: skip


def _table(edge: Edge, shown: list[Value], *, with_key: bool) -> str:
    from kit.records import times

    now = edge.now()
    rows = [
        [each.key] * with_key
        + [str(each.version), each.agent, times.ago(each.at, now)]
        + ["(deleted)" if each.is_deleted else output.head(each.text)]
        for each in shown
    ]
    return output.table(["key"] * with_key + ["version", "by", "when", "value"], rows)
