"""`kit recall`: find the reviewed records that answer a question."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from kit.cli import output
from kit.cli.edge import command as kit_command
from kit.errors import UsageError

if TYPE_CHECKING:
    from kit.cli.edge import Edge


@kit_command("recall")
@click.argument("query", nargs=-1, required=True)
@click.option("-k", type=click.IntRange(1, 100), default=5, show_default=True, help="At most so many records.")
@click.option("--type", "types", multiple=True, metavar="TYPE", help="Only these types; commas or repeated.")
@click.option("--lang", "languages", multiple=True, metavar="NAME", help="Nothing that is for other languages.")
@click.option("--framework", "frameworks", multiple=True, metavar="NAME", help="Nothing for other frameworks.")
@click.option("--error", "errors", multiple=True, metavar="NAME", help="Nothing for other errors.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only records with one of these tags.")
@click.option("--path", "paths", multiple=True, metavar="PATH", help="Nothing that is about other paths.")
@click.option("--budget", type=click.IntRange(1), metavar="TOKENS", help="At most so many tokens (else kit.toml's).")
@click.option("--format", "shape", type=click.Choice(["text", "md", "json", "xml"]), default="text", show_default=True)
@click.option("--rev", default="", metavar="REV", help="Search this commit instead of the reviewed branch.")
@click.option("--work-tree", "in_work_tree", is_flag=True, help="Search the work tree; what is not reviewed is marked.")
@click.option("--all", "everything", is_flag=True, help="Drafts, deprecated, stale and superseded records too.")
def command(
    edge: Edge,
    *,
    query: tuple[str, ...],
    k: int,
    types: tuple[str, ...],
    languages: tuple[str, ...],
    frameworks: tuple[str, ...],
    errors: tuple[str, ...],
    tags: tuple[str, ...],
    paths: tuple[str, ...],
    budget: int | None,
    shape: str,
    rev: str,
    in_work_tree: bool,
    everything: bool,
) -> None:
    r"""Find the reviewed records that answer a question.

    Any text is a question: an error message, a stack trace, a whole prompt; `-` reads it from standard input. The
    reviewed branch is searched, not the work tree. Records come whole, within the budget, and what was cut is said.

    \b
    Examples:
      kit recall "event loop is closed in the second test"
      kit recall --lang python --budget 800 --format md whoosh question mark
      pytest 2>&1 | tail -50 | kit recall -
    """
    from kit.memory import source

    if rev and in_work_tree:
        raise UsageError("--rev and --work-tree exclude each other", hint="say which to search")
    found = source.work_tree(edge.repository) if in_work_tree else source.reviewed(edge.repository, rev)
    unsearched = source.Unsearched(edge.repository, found)

    from kit.memory import recall, rendering  # takes as long as git takes to look at the work tree

    question = recall.Question(
        sys.stdin.read() if query == ("-",) else " ".join(query),
        k=k,
        budget=budget or int(edge.repository.config.number("recall.budget")),
        types=_split(types),
        languages=_split(languages),
        frameworks=_split(frameworks),
        errors=errors,
        tags=_split(tags),
        paths=paths,
        everything=everything,
    )
    answer = recall.recall(edge.repository, found, question, now=edge.now(), unsearched=unsearched.count)
    for said in rendering.account(answer, searched_in=found.name, budget=question.budget):
        edge.talk(output.clean(said))
    if edge.as_json or shape == "json":
        output.write_json(rendering.to_json(answer, query=question.text, searched_in=found.name))
    else:
        output.write(rendering.FORMATS[shape](answer) or "nothing found")


def _split(given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for each in given for word in each.split(",") if word)
