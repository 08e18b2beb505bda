"""`kit send`: mail to an agent, or to all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.edge import command as kit_command
from kit.cli.words import text_or_stdin

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.coordination.mail import Sent


@kit_command("send")
@click.argument("to", metavar="AGENT|@all")
@click.argument("text", metavar="TEXT|-")
@click.option("--task", default="", metavar="TASK", help="The task it is about; a claim you hold on it is renewed.")
@click.option("--reply-to", default="", metavar="ID", help="The message it answers.")
def command(edge: Edge, *, to: str, text: str, task: str, reply_to: str) -> None:
    r"""Send a message to an agent's name, or to @all.

    Any instance of that name can read it (kit inbox), and it is delivered at least once. It is kept here first and
    sent at once if the remote can be reached; if not, it waits and leaves with a later command. A text of - is read
    from standard input; the limit is 20,000 characters. What looks like a secret is taken out, and that is said.

    \b
    Examples:
      kit send ben "parser is ready for review" --task parser
      kit send @all "main is broken, do not merge"
      git log -1 | kit send ben - --reply-to 0193b5c1a2f0-5f1d9c2e
    """
    from kit.coordination import mail, message

    sent = mail.send(
        edge.store, to, text_or_stdin(text, limit=message.MAX_TEXT * 4), me=edge.me, now=edge.now(),
        random=os.urandom(4).hex(), task=task, reply_to=reply_to, harness=edge.harness,
    )  # fmt: skip
    data = {"message": sent.message.record(), "sent": sent.waits is None, "recipient_seen": sent.is_known,
            "redacted": dict(sent.redacted)}  # fmt: skip
    edge.print(data, lambda: f"{'kept' if sent.waits else 'sent'} {sent.message.id} to {to}")
    _talk(edge, sent)
    if task:
        edge.renew(task)


def _talk(edge: Edge, sent: Sent) -> None:
    if sent.redacted:
        edge.talk(f"redacted: {output.counted(sent.redacted)}")
    if sent.waits:
        edge.talk(f"not sent yet: {output.clean(sent.waits.message)}")
        edge.talk("it waits here and leaves with your next kit send, kit inbox or kit sync")
    if not sent.is_known:
        other = "no other instance" if sent.message.to == sent.message.sender.agent else "nobody"
        edge.talk(f"{other} of the name {sent.message.to!r} has been seen; it is there when one comes (kit agents)")
