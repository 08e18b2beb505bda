"""`kit context add`: add entries to a thread."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from kit.cli import output
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kit.cli.edge import Edge
    from kit.context.entry import Entry


@kit_command("add")
@click.argument("files", nargs=-1, metavar="[FILE|-]...")
@click.option("--text", "text", default=None, metavar="TEXT", help="The content itself, instead of a file.")
@click.option("--role", default="user", show_default=True, help="Who says it: system, user, assistant, tool, ...")
@click.option("--type", "--kind", "kind", default="", help="What it is: instruction, dialogue, tool-io, reasoning, ...")
@click.option("--priority", type=click.Choice(("skip", "normal", "important", "pinned")), default=None)
@click.option("--tag", "tags", multiple=True, help="A word to find it by; repeat for more.")
@click.option("--retain", multiple=True, metavar="TEXT", help="What any summary of it must contain; repeat for more.")
@click.option("--retain-regex", multiple=True, metavar="PATTERN", help="The same as a regular expression.")
@click.option("--call", default="", metavar="ID", help="What ties a tool's call to its result.")
@click.option("--tool", default="", metavar="NAME", help="The tool that is called, or has answered.")
@click.option("--model", default="", metavar="NAME", help="The model that said it.")
@click.option("--generation", default="", metavar="JSON", help='How it was asked, such as {"temperature": 0}.')
@click.option("--usage", default="", metavar="JSON", help='What its API counted, such as {"output_tokens": 57}.')
@click.option("--from", "origin", default="", metavar="WHERE", help="Where it comes from: kit:sessions/...#L1-L9.")
@click.option("--jsonl", is_flag=True, help="The files hold one JSON object a line: role, text and any other field.")
@words.ON
def command(edge: Edge, *, files: tuple[str, ...], text: str | None, jsonl: bool, on: str, **fields: Any) -> None:
    r"""Add entries to a thread: one for each FILE (- is standard input), all in one commit.

    What is said stands byte for byte, but for what looks like a secret: that is taken out, and said. The limit is
    1,000,000 bytes an entry. An entry of type instruction or session is pinned unless told, reasoning is skipped.

    \b
    Examples:
      kit context add --role system --type instruction rules.md
      echo "does the lexer keep comments?" | kit context add -
      kit context add --role tool --call call_1 --tool grep --text "src/lex.py:12: def comments" --priority important
      kit context add --jsonl conversation.jsonl
    """
    from kit.cli.context import policies
    from kit.context import add

    thread = words.named(edge, on)
    drafts = list(_drafts(edge, files, text, is_jsonl=jsonl, fields=fields))
    added = add.add(
        edge.store, thread, drafts, author=edge.me.author(edge.now()), random=words.random,
        redactor=words.redactor(edge),
    )  # fmt: skip
    known, acted = policies.after_add(edge, thread, added)
    is_sent = words.send(edge, thread)
    data = {"thread": thread, "commit": added.commit, "sent": is_sent, "redacted": dict(added.redacted),
            "entries": [each.meta() for each in added.entries],
            "policies": [each.record() for each in acted]}  # fmt: skip
    edge.print(data, lambda: "\n".join(_told(each) for each in added.entries))
    words.tell_redacted(edge, added.redacted)
    policies.tell(edge, known, acted)


def _told(each: Entry) -> str:
    tokens = f", {output.count(each.tokens.count, 'token')} ({each.tokens.by})" if each.tokens else ""
    return f"added {each.id} {each.role} {each.kind}{tokens}"


def _drafts(
    edge: Edge, files: tuple[str, ...], text: str | None, *, is_jsonl: bool, fields: dict[str, Any]
) -> Iterator[Entry]:
    from kit.context import draft, entry
    from kit.errors import UsageError

    if (text is None) == (not files):
        raise UsageError("nothing is to be added", hint="name files, - for standard input, or --text TEXT")
    if text is not None:
        yield _draft(text, fields)
    for file in files:
        data = words.content(edge, file, limit=entry.MAX_TEXT * (200 if is_jsonl else 1))
        if not is_jsonl:
            yield _draft(data, fields)
            continue
        for number, line in enumerate(data.split("\n"), 1):
            if line.strip():
                where = f"{file}:{number}"
                yield draft.of_record(_object(line, where), where)


def _draft(text: str, fields: dict[str, Any]) -> Entry:
    from kit.context import draft

    made = draft.draft(fields["role"], text, kind=fields["kind"], priority=fields["priority"] or "")
    patterns = [("substring", each) for each in fields["retain"]] + [("regex", each) for each in fields["retain_regex"]]
    return made._replace(
        tags=fields["tags"],
        retain=tuple({"match": match, "pattern": pattern} for match, pattern in patterns),
        generation=_object(fields["generation"], "--generation"),
        usage=_object(fields["usage"], "--usage"),
        **{name: fields[name] for name in ("call", "tool", "model", "origin")},
    )


def _object(text: str, where: str) -> dict[str, Any]:
    from kit.errors import InvalidInput

    if not text:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InvalidInput(f"{where} is no JSON object", hint='write {"role": "user", "text": "..."}', code="json")
    return found
