"""`kit context show`: print an entry, or all that stands at a commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.context.thread import State

SHOWN = 50


@kit_command("show")
@click.argument("what", default="", metavar="[ENTRY]")
@click.option("--at", default="", metavar="REV", help="As it stood then: a commit, a tag, HEAD~2, @2h.")
@click.option("--limit", "-n", default=SHOWN, show_default=True, help="At most so many of the last entries; 0 for all.")
@click.option("--history", is_flag=True, help="All that ENTRY has said, the first first.")
@click.option("--raw", is_flag=True, help="The content of ENTRY byte for byte, and nothing else.")
@words.ON
def command(edge: Edge, *, what: str, at: str, limit: int, history: bool, raw: bool, on: str) -> None:
    r"""Print an entry, or the entries of a thread in order, each as it now stands.

    \b
    Examples:
      kit context show
      kit context show --at HEAD~2
      kit context show 0193b5c1a2f0-5f1d9c2e --raw
    """
    from kit.context import thread, version

    state = thread.read(edge.store, words.named(edge, on), at, now=edge.now())
    if what:
        _one(edge, state, what, is_raw=raw, is_whole=history)
        return
    found = version.effective(state.entries)
    shown = found[-limit:] if limit else found
    data = {"thread": state.thread, "commit": state.commit, "entries": [each.record() for each in shown],
            "count": len(found), "broken": list(state.broken)}  # fmt: skip
    edge.print(data, lambda: "\n".join(words.shown(each) for each in shown))
    if len(shown) < len(found):
        edge.talk(f"{len(found) - len(shown)} earlier: kit context show --limit 0")
    if state.broken:
        edge.talk(output.unread(state.broken))


def _one(edge: Edge, state: State, what: str, *, is_raw: bool, is_whole: bool) -> None:
    from kit.context import edit

    found = edit.of(state, what)
    each = found.head._replace(id=found.root.id, at=found.root.at, edits="")
    if is_raw:
        output.write_raw(each.text)
        return
    told = edit.history(state, what) if is_whole else [each]
    data = {"thread": state.thread, "commit": state.commit, "entry": each.record(), "version": found.head.id,
            "versions": found.written}  # fmt: skip
    if is_whole:
        data["history"] = [one.record() for one in told]
    edge.print(data, lambda: "\n".join(map(words.shown, told)))
    if found.written > 1 and not is_whole:
        edge.talk(f"{output.count(found.written - 1, 'edit')}: kit context show {found.root.id} --history")
