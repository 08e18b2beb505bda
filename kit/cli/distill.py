"""`kit distill`: from a mirrored session to candidates."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from kit.cli import output
from kit.cli.edge import command as kit_command
from kit.errors import UsageError

if TYPE_CHECKING:
    from kit.cli.edge import Edge
    from kit.workflows.distill import Candidate, Result

SHOWN = 20


@kit_command("distill")
@click.argument("session", metavar="SESSION")
@click.option("--task", default="", metavar="TASK", help="Note in the candidate which task it was met in.")
@click.option("--engine", type=click.Choice(["rules", "command", "openai"]), default="rules", show_default=True,
              help="Who distils: rules, a program, or a service (both of kit.toml).")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Print the candidates, write nothing.")
@click.option("--work-tree", "in_work_tree", is_flag=True, help="Write to candidates/ of the work tree.")
@click.option("--to-branch", "branch", default="", metavar="BRANCH", help="Commit to candidates/ on a local branch.")
def command(
    edge: Edge, *, session: str, task: str, engine: str, dry_run: bool, in_work_tree: bool, branch: str
) -> None:
    r"""Write down what a mirrored session solved, as candidates for review.

    The rules need no model: a command that failed, what was changed, the same command passing. Each sentence names the
    lines of the session it rests on, with a redacted excerpt. A failure that gives no candidate is listed with the
    reason; a session without a solved problem gives none.

    Candidates are blocks in the state of a draft, in .kit/candidates/ unless told otherwise. They are recalled only
    when they were promoted, reviewed and merged: kit promote ID. A problem that a reviewed block tells already becomes
    more evidence for it.

    \b
    Examples:
      kit distill 0a0314fb
      kit distill claude-code/0a0314fb --dry-run --json
      kit distill 0a0314fb --engine command --to-branch candidates/monday
    """
    from kit.records import ids
    from kit.sessions import trace
    from kit.workflows import candidates, distill

    if sum((dry_run, in_work_tree, bool(branch))) > 1:
        raise UsageError("--dry-run, --work-tree and --to-branch exclude each other", hint="say where to write")
    if task:
        ids.check(task, what="task")
    model = distill.model_of(edge.store, engine)
    found = trace.find(edge.store, session)
    result = distill.distill(
        edge.store, found, model=model, redact=edge.redactor().text, now=edge.now(), nonce=os.urandom(8).hex(),
        waiting=() if branch or in_work_tree else candidates.waiting(edge.repository), task=task,
    )  # fmt: skip
    fresh = [each.record for each in result.candidates if each.state != distill.KNOWN]
    files: dict[str, str] = {}
    commit = ""
    if branch and fresh:
        commit = candidates.commit(edge.store, fresh, branch, author=edge.me.author(edge.now()))
        files = {each.id: f"{branch}:{candidates.FOLDER}/{each.id}.md" for each in fresh}
    elif in_work_tree:
        files = dict(zip((each.id for each in fresh), candidates.put(edge.repository, fresh), strict=True))
    elif not dry_run:
        files = {each.id: candidates.keep(edge.repository, each) for each in fresh}
    rows = [_row(each, files.get(each.record.id, ""), is_whole=dry_run) for each in result.candidates]
    data = {
        "session": result.session, "engine": result.engine, "candidates": rows, "commit": commit,
        "refused": [{"reason": each.reason, "why": _why(each.reason), "what": each.what, "line": each.line}
                    for each in result.refused[: SHOWN * 5]],
        "refused_left_out": max(0, len(result.refused) - SHOWN * 5),
        "sentences_left_out": list(result.cut), "notes": list(result.notes),
    }  # fmt: skip
    edge.print(data, lambda: "\n\n".join(_text(each, row) for each, row in zip(result.candidates, rows, strict=True)))
    if not edge.as_json:
        _talk(edge, result)


def _row(each: Candidate, file: str, *, is_whole: bool) -> dict[str, Any]:
    row = {
        "id": each.record.id, "title": each.record.meta.get("title", ""), "state": each.state, "file": file,
        "confidence": each.confidence, "known": each.known, "fingerprint": each.record.meta.get("fingerprint", ""),
        "digest": each.record.digest(), "cautions": list(each.cautions),
        "near": [near._asdict() for near in each.near],
    }  # fmt: skip
    return row | ({"text": each.record.dump().decode()} if is_whole else {})


def _text(each: Candidate, row: dict[str, Any]) -> str:
    if "text" in row:
        return output.lines(row["text"])
    lines = [f"{row['file'] or each.known}  ({each.state}, confidence {each.confidence:.2f})",
             f"  {output.clean(row['title'])}"]  # fmt: skip
    if each.known:
        lines.append(f"  the same problem as {output.clean(each.known)}")
    lines += [
        f"  near: {output.clean(near.path)} ({near.likeness:.0%}) {output.head(near.title)}" for near in each.near
    ]
    lines += [f"  mind: {caution}" for caution in each.cautions]
    return "\n".join(lines)


def _talk(edge: Edge, result: Result) -> None:
    for note in result.notes:
        edge.talk(output.clean(note))
    for each in result.refused[:SHOWN]:
        place = f"L{each.line} " if each.line else ""
        edge.talk(f"{place}{output.paint(each.reason, 'yellow')}: {output.head(each.what, length=100)}")
    if len(result.refused) > SHOWN:
        edge.talk(f"and {len(result.refused) - SHOWN} more: --json tells them all")
    for reason in sorted({each.reason for each in result.refused}):
        edge.talk(f"  {reason}: {_why(reason)}")
    if result.cut:
        edge.talk(f"{output.count(len(result.cut), 'sentence')} did not fit and "
                  f"{'was' if len(result.cut) == 1 else 'were'} left out whole (--json shows them)")  # fmt: skip
    if result.candidates:
        edge.talk("read each before you propose it: kit promote ID")
    else:
        edge.talk("no candidate")


def _why(reason: str) -> str:
    from kit.distillation.reason import REASONS

    return REASONS.get(reason, "")
