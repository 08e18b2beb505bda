"""`kit inbox`: read and acknowledge mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.coordination.message import Message


@kit_command("inbox")
@click.option("--new/--all", "is_new", default=True, help="Only what nobody of your name has acknowledged, or all.")
@click.option("--ack", is_flag=True, help="Acknowledge what is shown, once it was printed.")
@click.option("--limit", type=click.IntRange(0), default=50, show_default=True, metavar="N", help="How many; 0: all.")
def command(edge: Edge, *, is_new: bool, ack: bool, limit: int) -> None:
    r"""Read the messages to your name and to @all, the oldest first.

    Without --ack they stay new. With it they are acknowledged after they were printed, for every instance of your
    name: one that dies in between leaves them to the next. Where the remote cannot be reached, what was known before
    is shown, and that is said. What this very instance has sent is not shown.

    \b
    Examples:
      kit inbox
      kit inbox --ack --json
      kit inbox --all --limit 10
    """
    from kit.coordination import journal, mail

    is_fetched = edge.fetch(mail.REFS)
    edge.say_here()
    found = mail.inbox(edge.store, me=edge.me, is_all=not is_new)
    messages = found.messages
    shown = messages if not limit else messages[:limit] if is_new else messages[-limit:]
    data = {"messages": [_record(each) for each in shown], "more": len(messages) - len(shown), "fetched": is_fetched,
            "broken": found.broken}  # fmt: skip
    edge.print(data, lambda: "\n".join(_text(each, now=edge.now(), is_new=is_new) for each in shown))
    if found.broken:
        edge.talk(output.unread(found.broken))
    if len(shown) < len(messages):
        edge.talk(f"{len(messages) - len(shown)} more: kit inbox{'' if is_new else ' --all'} --limit 0")
    elif not messages:
        edge.talk("no new messages" if is_new else "no messages")
    if ack:
        mail.acknowledge(edge.store, shown, me=edge.me, now=edge.now())
    # Where the fetch has failed already, a push would only make the reader wait for another deadline.
    if is_fetched and (waits := journal.send(edge.store, me=edge.me, now=edge.now())):
        edge.talk(f"not sent yet, kept here: {output.clean(waits.message)}")


def _record(message: Message) -> dict[str, object]:
    return {**message.record(), "acknowledged": message.is_acknowledged}


def _text(message: Message, *, now: float, is_new: bool) -> str:
    from kit.records import times

    about = [f"task {message.task}"] * bool(message.task) + [f"re: {message.reply_to}"] * bool(message.reply_to)
    mark = "" if is_new else "read  " if message.is_acknowledged else "new   "
    line = f"{mark}{output.paint(message.id, 'cyan')}  {message.sender.agent} to {message.to}, "
    line += ", ".join([times.ago(message.at, now), *about])
    return f"{line}\n{output.lines(message.text.rstrip(), indent='    ')}"
