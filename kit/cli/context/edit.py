"""`kit context edit` and `annotate`: new words for an entry, and what is noted on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kit.cli import output
from kit.cli.context import step as steps
from kit.cli.context import thread as words
from kit.cli.edge import command as kit_command

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.context.annotate import Annotated, Note
    from kit.context.cleaning import Redactor


@kit_command("edit")
@click.argument("entry")
@click.argument("file", default=None, required=False, metavar="[FILE|-]")
@click.option("--text", default=None, metavar="TEXT", help="The new content itself, instead of a file.")
@words.ON
def command(edge: Edge, *, entry: str, file: str | None, text: str | None, on: str) -> None:
    r"""Give an entry other words: they stand in its place from now on, and what it said before stays in the thread.

    \b
    Examples:
      kit context edit 0193b5c1a2f0-5f1d9c2e rules.md
      kit context edit 5f1d9c2e --text "Be brief, but name the file."
    """
    from kit.context import edit, thread
    from kit.errors import UsageError

    if (text is None) == (file is None):
        raise UsageError("there are no new words", hint="name a file, - for standard input, or --text TEXT")
    state = thread.read(edge.store, words.named(edge, on))
    said = text if text is not None else words.content(edge, str(file))
    done = edit.edit(
        edge.store, state, entry, said, author=edge.me.author(edge.now()), random=words.random,
        redactor=words.redactor(edge),
    )  # fmt: skip
    is_sent = words.send(edge, state.thread)
    (made,) = done.entries
    data = {"thread": state.thread, "commit": done.commit, "entry": made.meta(), "sent": is_sent,
            "redacted": dict(done.redacted)}  # fmt: skip
    edge.print(data, f"edited {made.edits} as {made.id}")
    words.tell_redacted(edge, done.redacted)


@kit_command("annotate")
@click.argument("entries", nargs=-1, required=True, metavar="ENTRY...")
@click.option("--priority", type=click.Choice(("skip", "normal", "important", "pinned")), default=None)
@click.option("--tag", "tags", multiple=True, help="Add a word to find it by; repeat for more.")
@click.option("--untag", "without", multiple=True, help="Take a word away.")
@click.option("--retain", multiple=True, metavar="TEXT", help="What any summary of it must contain.")
@click.option("--retain-regex", multiple=True, metavar="PATTERN", help="The same as a regular expression.")
@click.option("--no-retain", is_flag=True, help="Drop the patterns there were.")
@click.option("--tokens", type=click.IntRange(0), default=None, help="Its tokens, as an API has counted them.")
@steps.options
@words.ON
def annotate_command(
    edge: Edge, *, entries: tuple[str, ...], priority: str | None, tokens: int | None, on: str, autonomy: str | None,
    propose: bool, **given: Any,
) -> None:  # fmt: skip
    r"""Note on entries how much they matter and by what they are found; what they say does not change by a byte.

    What is skipped is left out when the thread is compiled, never from its history; what is pinned is never cut. To
    pin is a step: --propose proposes it.

    \b
    Examples:
      kit context annotate 5f1d9c2e --priority pinned
      kit context annotate 5f1d9c2e a0b1c2d3 --tag decision --retain "RFC 8259"
    """
    from kit.context import annotate
    from kit.context.entry import Tokens
    from kit.errors import UsageError

    patterns = [("substring", each) for each in given["retain"]] + [("regex", each) for each in given["retain_regex"]]
    note = annotate.Note(
        priority or "", given["tags"], given["without"],
        tuple({"match": match, "pattern": pattern} for match, pattern in patterns), given["no_retain"],
        None if tokens is None else Tokens(tokens, "usage"),
    )  # fmt: skip
    thread = words.named(edge, on)
    redactor = words.redactor(edge)
    if priority == "pinned":
        found = _pinned(edge, thread, entries, note, redactor=redactor, autonomy=autonomy, propose=propose)
        if found is None:
            return
        done = found
    elif autonomy or propose:
        raise UsageError("only --priority pinned is a step that can be proposed", hint="leave --autonomy out")
    else:
        author = edge.me.author(edge.now())
        done = annotate.annotate(edge.store, thread, entries, note, author=author, redactor=redactor)
    is_sent = words.send(edge, thread) if done.commit else True
    data = {"thread": thread, "commit": done.commit or None, "entries": [each.meta() for each in done.entries],
            "sent": is_sent, "redacted": dict(redactor.counts)}  # fmt: skip
    verb = "annotated" if done.commit else "unchanged:"
    edge.print(data, lambda: "\n".join(
        f"{verb} {each.id} {each.priority}{''.join(f' #{output.clean(tag)}' for tag in each.tags)}"
        for each in done.entries
    ))  # fmt: skip
    if priority != "pinned":
        words.tell_redacted(edge, redactor.counts)


def _pinned(
    edge: Edge, thread: str, entries: tuple[str, ...], note: Note, *, redactor: Redactor,
    autonomy: str | None, propose: bool,
) -> Annotated | None:  # fmt: skip
    """Takes the step that pins entries; returns what came of it, None for a proposal, which it has told of."""
    from kit.context import annotate
    from kit.context import thread as threads
    from kit.context.step import Step

    state = threads.read(edge.store, thread)
    names = list(dict.fromkeys(state.find(each).id for each in entries))
    step = Step(thread, "pin", {"entries": names}, more=None if note == annotate.Note("pinned") else note)
    outcome = steps.take(edge, step, autonomy=autonomy, propose=propose, redactor=redactor)
    if steps.is_proposed(edge, thread, outcome):
        return None
    made: Annotated = outcome.value
    return made
